package io.fsvideo.weightstools;

import io.fsvideo.MemoryPlan;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.Size;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.weightstools.plan.DevicePlan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a model fits on given devices. */
@Command(
        name = "plan",
        description = {
            "Print what a model needs on each of some devices, and whether that fits; fails when it does not.",
            "Transformers are split over the devices, everything else is on each. Nothing is read but configurations."
        },
        footer = {"", "Example:", "  fsvideo weights plan --config fsvideo-14b --devices 2 --memory 80"})
final class WeightsPlanCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Model model;

    /** One of two ways to say it. */
    static final class Model {
        @Option(names = "--model", paramLabel = "DIR", description = "Model directory.")
        private Path directory;

        @Option(names = "--config", paramLabel = "NAME", description = "Configuration, as of 'weights init'.")
        private String name;

        private ModelConfig config() {
            return directory == null
                    ? ModelFamily.model(name)
                    : ModelDirectory.open(directory).config();
        }
    }

    @Option(names = "--devices", defaultValue = "1", description = "Devices (default: ${DEFAULT-VALUE}).")
    private int devices;

    @Option(names = "--memory", required = true, paramLabel = "GIB", description = "Memory of one device.")
    private double memory;

    @Option(names = "--dtype", defaultValue = "BF16", description = "F32 or BF16 (default: ${DEFAULT-VALUE}).")
    private DType dtype;

    @Option(names = "--frames", description = "Frames of the video (default: the model's).")
    private Integer frames;

    @Option(
            names = "--size",
            paramLabel = "HxW",
            converter = Size.Converter.class,
            description = "Height and width of the video (default: the model's).")
    private Size size;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        if (devices < 1 || !(memory > 0)) {
            throw new FsVideoException(
                    "plan: devices must be at least 1 and memory above 0, got " + devices + ", " + memory);
        }
        ModelConfig config = model.config();
        Request request = request(config);
        try (Backend backend = backendArguments.open()) {
            MemoryPlan whole =
                    Planner.plan(config, backend, OpenOptions.defaults().withDType(dtype), request);
            DevicePlan plan = new DevicePlan(whole, devices, (long) (memory * (1L << 30)));
            PrintWriter out = spec.commandLine().getOut();
            out.println(config.pipeline().name() + " in " + dtype + " on " + devices + " devices of " + memory
                    + " GiB, bytes on each");
            out.print(plan.table());
            out.flush();
            return plan.fits() ? 0 : 1;
        }
    }

    private Request request(ModelConfig config) {
        int height = size == null ? config.pipeline().height() : size.height();
        int width = size == null ? config.pipeline().width() : size.width();
        return config.inputs()
                .blank(height, width)
                .withFrames(frames == null ? config.pipeline().frames() : frames)
                .withSize(height, width);
    }
}
