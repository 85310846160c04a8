package io.fsvideo.cli;

import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.media.Image;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a video would take. */
@Command(
        name = "plan",
        description = {
            "Print the memory a video would take, stage by stage, without computing or allocating it.",
            "Takes the options of generate; the model need not be there."
        },
        footer = {"", "Example:", "  fsvideo plan --config fsvideo-14b --size 768x1280 --frames 121"})
final class PlanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ArgGroup
    private Model model = new Model();

    @Option(names = "--image", paramLabel = "FILE", description = "Its shape gives the size when --size does not.")
    private Path image;

    @Mixin
    private RequestArguments requestArguments;

    @Option(names = "--dtype", description = "Compute in f32 or bf16 (default: the backend's choice).")
    private DType dtype;

    @Mixin
    private WeightArguments weightArguments;

    @Mixin
    private BackendArguments backendArguments;

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
        ModelConfig config = model.config();
        Request request = image == null ? withBlankImages(config) : requestArguments.of(image);
        try (Backend backend = backendArguments.open()) {
            OpenOptions options = weightArguments.applyTo(OpenOptions.defaults().withDType(dtype));
            MemoryPlan plan = Planner.plan(config, backend, options, request);
            spec.commandLine().getOut().print(plan);
            spec.commandLine().getOut().flush();
        }
        return 0;
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
