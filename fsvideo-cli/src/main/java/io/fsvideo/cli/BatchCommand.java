package io.fsvideo.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.OpenOptions;
import io.fsvideo.files.Temporary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Many images in, many videos out. */
@Command(
        name = "batch",
        description = {
            "Make a video of every line of a manifest: a JSON object with the options of generate, without dashes.",
            "{\"image\": \"a.jpg\", \"prompt\": \"pan left\", \"seed\": 7, \"out\": \"a.mp4\"}",
            "Finished lines are skipped, so that a batch that was ended goes on where it was; failed ones are listed and tried"
                    + " again next time. Several processes may work on one manifest: none does what another does.",
            "A Slurm task (array or srun) takes its share of the lines. Paths are relative to the working directory."
        },
        footer = {"", "Example:", "  fsvideo batch m.jsonl --pipelines cuda:0,cuda:1"})
final class BatchCommand implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MANIFEST", description = "One request a line.")
    private Path manifest;

    @Option(
            names = "--pipelines",
            split = ",",
            paramLabel = "<backend>",
            description = "One pipeline on each of these backends (default: one, on --backend or shared by --devices).")
    private List<String> pipelines;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "What is done, and the report (default: the manifest's name with .state).")
    private Path stateFolder;

    @Option(names = "--task-id", paramLabel = "<id>", description = "This task's share, 0 .. task count - 1.")
    private Integer taskId;

    @Option(names = "--task-count", paramLabel = "<count>", description = "Tasks that share the manifest.")
    private Integer taskCount;

    @Mixin
    private ModelArguments modelArguments;

    private final List<BatchRun.Outcome> outcomes = new ArrayList<>();

    @Override
    public Integer call() {
        modelArguments
                .ranks()
                .refuseGroup(
                        "batch",
                        "each task makes its own videos; --devices or --ranks share one video within a process");
        if (pipelines != null) {
            modelArguments.ranks().refuse("--pipelines");
        }
        BatchShare share = share();
        List<BatchManifest.Item> items = share.of(BatchManifest.read(manifest));
        PrintWriter err = spec.commandLine().getErr();
        modelArguments.makeDefault(err);
        Path folder = stateFolder != null ? stateFolder : manifest.resolveSibling(manifest.getFileName() + ".state");
        BatchRun run = new BatchRun(
                modelArguments.directory(), new BatchState(folder), items, outcome -> tell(outcome, items.size()));
        try (CancelOnSignal signal = new CancelOnSignal(run::stop)) {
            run.work(options());
        }
        return summarise(share, items.size(), folder.resolve("report-" + share.id() + ".json"));
    }

    private BatchShare share() {
        if (taskId == null && taskCount == null) {
            return BatchShare.of(System.getenv());
        }
        if (taskId == null || taskCount == null) {
            throw new ParameterException(spec.commandLine(), "--task-id and --task-count must be given together");
        }
        return new BatchShare(taskId, taskCount);
    }

    /** Pipelines that share the processors share the threads too. */
    private List<OpenOptions> options() {
        if (pipelines == null) {
            return List.of(modelArguments.openOptions());
        }
        OpenOptions one = modelArguments.options();
        int threads = Math.max(1, one.backendOptions().threads() / pipelines.size());
        return pipelines.stream()
                .map(name -> one.withBackend(name).withThreads(threads))
                .toList();
    }

    private void tell(BatchRun.Outcome outcome, int of) {
        outcomes.add(outcome);
        String place = outcomes.size() + "/" + of + " " + outcome.item().out();
        PrintWriter err = spec.commandLine().getErr();
        switch (outcome.kind()) {
            case MADE -> err.println(place);
            case ALREADY_DONE -> err.println(place + ": done before");
            case ELSEWHERE -> err.println(place + ": another process works on it");
            case FAILED ->
                err.println(place + ": failed, line " + outcome.item().line() + ": " + outcome.error());
        }
    }

    private int summarise(BatchShare share, int of, Path report) {
        long made = count(BatchRun.Outcome.Kind.MADE);
        long before = count(BatchRun.Outcome.Kind.ALREADY_DONE);
        long elsewhere = count(BatchRun.Outcome.Kind.ELSEWHERE);
        long failed = count(BatchRun.Outcome.Kind.FAILED);
        write(report);
        spec.commandLine()
                .getOut()
                .println("task " + share.id() + " of " + share.count() + ": " + made + " made, " + before
                        + " done before, " + elsewhere + " in other processes, " + failed + " failed, of " + of
                        + "; report in " + report);
        if (outcomes.size() < of) {
            return INTERRUPTED;
        }
        return failed > 0 ? FAILED : 0;
    }

    private long count(BatchRun.Outcome.Kind kind) {
        return outcomes.stream().filter(outcome -> outcome.kind() == kind).count();
    }

    private void write(Path report) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        for (BatchRun.Outcome.Kind kind : BatchRun.Outcome.Kind.values()) {
            json.put(kind.name().toLowerCase(Locale.ROOT), count(kind));
        }
        ArrayNode failures = json.putArray("failures");
        for (BatchRun.Outcome outcome : outcomes) {
            if (outcome.kind() == BatchRun.Outcome.Kind.FAILED) {
                failures.addObject()
                        .put("line", outcome.item().line())
                        .put("out", outcome.item().out().toString())
                        .put("error", outcome.error());
            }
        }
        try {
            try (Temporary part = Temporary.beside(report)) {
                Files.writeString(part.path(), json.toPrettyString() + "\n");
                part.moveTo(report);
            }
        } catch (IOException e) {
            throw new ManifestException(report + ": must be writable, but: " + e);
        }
    }
}
