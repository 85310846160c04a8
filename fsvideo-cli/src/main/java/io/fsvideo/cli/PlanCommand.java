package io.fsvideo.cli;

import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.media.Image;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.plan.Planner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a video would take. */
@Command(
        name = "plan",
        description = {
            "Print the memory a video would take on each device, stage by stage, without computing or allocating it.",
            "Takes the options of generate; the model need not be there. With --memory, say whether it fits, and fail when it",
            "does not."
        },
        footer = {
            "",
            "Example:",
            "  fsvideo plan --config fsvideo-14b --size 768x1280 --frames 121 --devices 2 --memory 80"
        })
final class PlanCommand implements Callable<Integer> {
    private static final double MEBI = 1 << 20;
    private static final double GIBI_IN_MEBI = 1 << 10;

    @Spec
    private CommandSpec spec;

    @ArgGroup
    private Model model = new Model();

    @Option(names = "--image", paramLabel = "FILE", description = "Its shape gives the size when --size does not.")
    private Path image;

    @Mixin
    private RequestArguments requestArguments;

    @Option(
            names = "--memory",
            paramLabel = "GIB",
            description = "Memory of one device, to say whether the video fits.")
    private Double memory;

    @Mixin
    private OpenArguments openArguments;

    /** One of two ways to say it. */
    static final class Model {
        @Option(names = "--model", paramLabel = "DIR", description = "Model directory; only its configuration is read.")
        private Path directory;

        @Option(
                names = "--config",
                paramLabel = "NAME",
                description =
                        "Configuration: tiny (the default), fsvideo-14b, wan21-t2v-1.3b, … (a wrong name lists all).")
        private String name = "tiny";

        private ModelConfig config() {
            return directory == null
                    ? ModelFamily.model(name)
                    : ModelDirectory.open(directory).config();
        }
    }

    @Override
    public Integer call() {
        if (memory != null && !(memory > 0)) {
            throw new ParameterException(spec.commandLine(), "--memory must be above 0, got " + memory);
        }
        ModelConfig config = model.config();
        Request request = image == null ? withBlankImages(config) : requestArguments.of(image);
        openArguments.ranks().refuseGroup("plan", "--devices or --ranks plan every rank in one process");
        OpenOptions options = openArguments.withRanks();
        List<MemoryPlan> plans = Planner.planPerDevice(config, options, request);
        PrintWriter out = spec.commandLine().getOut();
        boolean fits = true;
        for (int rank = 0; rank < plans.size(); rank++) {
            if (plans.size() > 1) {
                out.println("device " + rank + ", " + options.devices().get(rank));
            }
            out.print(plans.get(rank));
            fits &= memory == null || fits(plans.get(rank), out);
        }
        out.flush();
        return fits ? 0 : 1;
    }

    /** Opening counts too: a run that cannot load the weights makes no video. */
    private boolean fits(MemoryPlan plan, PrintWriter out) {
        double needed = Math.max(plan.peakBytes(), plan.loadingBytes()) / MEBI;
        double spare = memory * GIBI_IN_MEBI - needed;
        String verdict = spare >= 0 ? "fits, %,.1f MiB to spare" : "does not fit, %,.1f MiB too much";
        out.printf(
                Locale.ROOT,
                "memory    %-18s %,10.1f MiB, " + verdict + "%n",
                "",
                memory * GIBI_IN_MEBI,
                Math.abs(spare));
        return spare >= 0;
    }

    /** Images whose shape asks for the model's default size, as many as it takes. */
    private Request withBlankImages(ModelConfig config) {
        Image first = config.inputs()
                .blank(config.pipeline().height(), config.pipeline().width())
                .image();
        Request request = requestArguments.of(first);
        return config.inputs().takesLastImage() ? request.withLastImage(first) : request;
    }
}
