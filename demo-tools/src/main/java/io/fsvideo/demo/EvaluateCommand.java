package io.fsvideo.demo;

import io.fsvideo.cli.BackendArguments;
import io.fsvideo.cli.ProgressLine;
import io.fsvideo.demo.evaluate.Evaluation;
import io.fsvideo.demo.evaluate.EvaluationJson;
import io.fsvideo.demo.evaluate.EvaluationPlan;
import io.fsvideo.demo.evaluate.EvaluationReport;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.weightstools.files.WholeFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Numbers of a model on held-out pictures. */
@Command(
        name = "evaluate",
        description = {
            "Generate clips of held-out pictures and measure them: first frame, motion against the prompt, flicker, colours.",
            "The same measures of true clips stand beside them; the autoencoder is measured on true clips."
        },
        footer = {
            "",
            "Example:",
            "  fsvideo demo evaluate models/demo --pictures 3 --prompts pan-left,zoom-in --compare 1 --json numbers.json"
        })
final class EvaluateCommand implements Callable<Integer> {
    private static final List<Motion> USUAL = List.of(
            Motion.PAN_LEFT, Motion.PAN_RIGHT, Motion.PAN_UP, Motion.ZOOM_IN, Motion.ZOOM_OUT, Motion.ROTATE_CLOCKWISE);

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "Model directory.")
    private Path model;

    @Option(
            names = "--pictures",
            defaultValue = "40",
            description = "Held-out pictures (default: ${DEFAULT-VALUE}), each with every prompt.")
    private int pictures;

    @Mixin
    private PromptArguments promptArguments;

    @Option(
            names = "--compare",
            defaultValue = "6",
            paramLabel = "<pictures>",
            description = "On this many of them try a second seed and other guidance (default: ${DEFAULT-VALUE}).")
    private int compared;

    @Option(
            names = "--guidance",
            split = ",",
            defaultValue = "1",
            paramLabel = "<scale>",
            description = "Scales to compare with the model's own (default: ${DEFAULT-VALUE}).")
    private List<Float> guidances;

    @Option(
            names = "--minutes",
            defaultValue = "600",
            description =
                    "Begin no picture later than this; the report says how many there are (default: ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(names = "--json", paramLabel = "FILE", description = "Write every number there, too.")
    private Path json;

    @Mixin
    private BackendArguments backendArguments;

    @Override
    public Integer call() {
        Optional<WholeFile> file = Optional.ofNullable(json).map(WholeFile::new);
        file.ifPresent(WholeFile::requireWritable);
        EvaluationPlan plan = new EvaluationPlan(
                promptArguments.photographs(),
                pictures,
                promptArguments.motions(USUAL),
                promptArguments.seed(),
                Math.min(compared, pictures),
                guidances,
                Duration.ofMillis((long) (60_000 * minutes)));
        EvaluationReport report = run(plan);
        file.ifPresent(whole -> whole.write(temporary ->
                Files.writeString(temporary, EvaluationJson.of(report).toPrettyString() + "\n")));
        spec.commandLine().getOut().print(report.table());
        spec.commandLine().getOut().flush();
        return 0;
    }

    private EvaluationReport run(EvaluationPlan plan) {
        try (ProgressLine line = new ProgressLine(spec.commandLine().getErr(), ProgressLine.Style.here())) {
            return new Evaluation(model, backendArguments.openOptions(), plan).run(line::show);
        }
    }
}
