package io.fsvideo.cli;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.plan.ParallelTable;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What several devices would gain. */
@Command(
        name = "parallel",
        description = {
            "Print the predicted time of a model's transformers on one and several H100 and H200, for each way to"
                    + " share",
            "them, with the bytes that devices send each other. Predicted, not measured."
        },
        footer = {"", "Example:", "  fsvideo parallel --config fsvideo-14b --size 768x1280 --frames 121 --devices 1,2"})
final class ParallelCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "NAME",
            defaultValue = "fsvideo-14b",
            description = "Configuration (default: ${DEFAULT-VALUE}; a wrong name lists all).")
    private String name;

    @Option(names = "--frames", description = "Frames of the video (default: the model's).")
    private Integer frames;

    @Option(
            names = "--size",
            paramLabel = "HxW",
            converter = Size.Converter.class,
            description = "Height and width of the video (default: the model's).")
    private Size size;

    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,2",
            description = "Numbers of devices (default: ${DEFAULT-VALUE}).")
    private List<Integer> devices;

    @Override
    public Integer call() {
        ModelConfig config = ModelFamily.model(name);
        Geometry geometry = new Geometry(
                frames == null ? config.pipeline().frames() : frames,
                size == null ? config.pipeline().height() : size.height(),
                size == null ? config.pipeline().width() : size.width(),
                config.sizes());
        PrintWriter out = spec.commandLine().getOut();
        out.print(ParallelTable.of(config.work(geometry), devices));
        out.flush();
        return 0;
    }
}
