package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.SmallModel;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Batches of the smallest model's requests: 128 x 128, one frame, one step. */
class BatchCommandTest {
    private static final String IMAGE =
            Path.of("../examples/coffee.jpg").toAbsolutePath().normalize().toString();

    @TempDir
    Path folder;

    private Path manifest(String... lines) throws IOException {
        return Files.write(folder.resolve("m.jsonl"), List.of(lines));
    }

    private String line(int seed) {
        return "{\"image\": \"" + IMAGE + "\", \"seed\": " + seed
                + ", \"size\": \"128x128\", \"frames\": 1, \"steps\": 1, \"refiner-steps\": 1, \"out\": \""
                + folder.resolve("out" + seed + ".png") + "\"}";
    }

    private CommandRun batch(Path manifest, Object... more) {
        List<Object> arguments = new ArrayList<>(List.of("batch", manifest, "--model", SmallModel.directory()));
        arguments.addAll(List.of(more));
        return CommandRun.of(arguments.toArray());
    }

    private Map<String, FileTime> videos() throws IOException {
        Map<String, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".png")).toList()) {
                times.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    /** A clip of a thousand steps holds a process where it is, until it is killed. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void twentyRequestsKilledTwiceEndWithTwentyVideosNoneMadeTwice() throws IOException, InterruptedException {
        String[] lines = IntStream.range(0, 20).mapToObj(this::line).toArray(String[]::new);
        Map<String, FileTime> made = Map.of();
        for (int stop : new int[] {5, 12}) {
            lines[stop] = line(stop).replace("\"frames\": 1, \"steps\": 1,", "\"frames\": 17, \"steps\": 1000,");
        }
        Path manifest = manifest(lines);
        for (int stop : new int[] {5, 12}) {
            Running running = start(manifest);
            Signals.await(() -> Files.readString(running.err()).contains(stop + "/20 "));
            running.process().destroyForcibly().waitFor();
            assertEquals(137, running.await().exitCode(), Files.readString(running.err()));
            assertEquals(stop, videos().size());
            assertTrue(videos().entrySet().containsAll(made.entrySet()), "nothing is made twice");
            made = videos();
            lines[stop] = line(stop);
            manifest(lines);
        }
        Outcome last = start(manifest).await();
        assertEquals(0, last.exitCode(), last.err());
        assertTrue(last.out().contains("8 made, 12 done before"), last.out());
        assertEquals(20, videos().size());
        assertTrue(videos().entrySet().containsAll(made.entrySet()), "nothing is made twice");
    }

    private Running start(Path manifest) {
        return new JavaProcess()
                .option("-XX:TieredStopAtLevel=1")
                .start(
                        folder,
                        Main.class,
                        "batch",
                        manifest.toString(),
                        "--model",
                        SmallModel.directory().toString());
    }

    @Test
    void failuresAreListedAndTriedAgain() throws IOException {
        Path missing = folder.resolve("missing.jpg");
        String bad = line(1).replace(IMAGE, missing.toString());
        Path manifest = manifest(line(0), bad, "", line(2));
        CommandRun first = batch(manifest);
        assertEquals(1, first.exitCode(), first.err());
        assertTrue(first.out().contains("2 made, 0 done before, 0 in other processes, 1 failed, of 3"), first.out());
        assertTrue(first.err().contains("failed, line 2: "), first.err());
        String report = Files.readString(folder.resolve("m.jsonl.state/report-0.json"));
        assertTrue(report.contains("\"line\" : 2") && report.contains("missing.jpg"), report);
        Files.copy(Path.of(IMAGE), missing);
        CommandRun second = batch(manifest);
        assertEquals(0, second.exitCode(), second.err());
        assertTrue(second.out().contains("1 made, 2 done before"), second.out());
    }

    @Test
    void aChangedLineOrALostVideoIsMadeAgain() throws IOException {
        batch(manifest(line(0), line(1)));
        byte[] before = Files.readAllBytes(folder.resolve("out1.png"));
        Files.delete(folder.resolve("out0.png"));
        CommandRun run = batch(manifest(line(0), line(1).replace("\"seed\": 1", "\"seed\": 5")));
        assertTrue(run.out().contains("2 made, 0 done before"), run.out());
        assertFalse(Arrays.equals(before, Files.readAllBytes(folder.resolve("out1.png"))));
    }

    @Test
    void tasksAndDevicesShareTheLines() throws IOException {
        Path manifest = manifest(line(0), line(1), line(2));
        CommandRun odd = batch(manifest, "--task-id", 1, "--task-count", 2);
        assertEquals(0, odd.exitCode(), odd.err());
        assertEquals(List.of("out1.png"), List.copyOf(videos().keySet()));
        CommandRun even = batch(manifest, "--task-id", 0, "--task-count", 2, "--pipelines", "cpu,cpu");
        assertTrue(even.out().startsWith("task 0 of 2: 2 made"), even.out());
        assertEquals(3, videos().size());
    }

    @Test
    void whatAnotherProcessHoldsIsLeftToIt() throws IOException, InterruptedException {
        Path manifest = manifest(line(0));
        BatchState state = new BatchState(folder.resolve("m.jsonl.state"));
        BatchManifest.Item item = BatchManifest.read(manifest).get(0);
        Path file = folder.resolve("m.jsonl.state").resolve(item.key());
        Files.createFile(file);
        Running holder = new JavaProcess().start(folder, LockHolder.class, file.toString());
        try {
            Signals.await(() -> Files.readString(holder.out()).contains("locked"));
            assertTrue(state.claim(item).isEmpty());
            CommandRun run = batch(manifest);
            assertEquals(0, run.exitCode(), run.err());
            assertTrue(run.out().contains("0 made, 0 done before, 1 in other processes"), run.out());
        } finally {
            holder.process().destroyForcibly();
        }
    }

    @Test
    void aBatchMakesWhatGenerateMakes() throws IOException {
        batch(manifest(line(3)));
        Path out = folder.resolve("g.png");
        List<Object> generate = new ArrayList<>(List.of("generate", "--image", IMAGE, "--seed", 3, "--out", out));
        generate.addAll(List.of("--size", "128x128", "--frames", 1, "--steps", 1, "--refiner-steps", 1));
        generate.addAll(List.of("--model", SmallModel.directory()));
        CommandRun.of(generate.toArray());
        assertArrayEquals(Files.readAllBytes(out), Files.readAllBytes(folder.resolve("out3.png")));
    }

    @Test
    void wrongManifestsAreRefusedBeforeAnythingRuns() throws IOException {
        refused("line 2: must be one JSON object", line(0), "[1]");
        refused("line 1: must be one JSON object", "{\"out\": ");
        refused("line 1: must hold options of generate", "{\"out\": \"a.png\", \"sed\": 1}");
        refused("line 1: must hold options of generate, but: Missing required option: '--out", "{\"seed\": 1}");
        refused("line 1: prompt must be a string or a number, got null", "{\"out\": \"a.png\", \"prompt\": null}");
        refused("line 2: out must be given once", line(0), line(0));
        refused("must end in .mp4", "{\"out\": \"a.doc\"}");
        assertEquals(Map.of(), videos());
        assertEquals(2, batch(manifest(line(0)), "--task-id", 1).exitCode());
    }

    private void refused(String part, String... lines) throws IOException {
        CommandRun run = batch(manifest(lines));
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains(part), run.err());
    }

    @Test
    void ranksOfAGroupOfProcessesAreRefused() throws IOException {
        CommandRun group = batch(manifest(line(0)), "--rendezvous", folder.resolve("meet"));
        assertEquals(1, group.exitCode());
        assertTrue(group.err().contains("batch: --rendezvous must not be given, got "), group.err());
        CommandRun ignored = batch(manifest(line(0)), "--pipelines", "cpu,cpu", "--ranks", 2);
        assertEquals(1, ignored.exitCode());
        assertTrue(ignored.err().contains("batch: --pipelines cannot go with [--ranks]"), ignored.err());
        assertEquals(Map.of(), videos());
    }

    @Test
    void slurmsNumbersAreNamedWhenTheyAreNone() {
        ManifestException wrong =
                assertThrows(ManifestException.class, () -> BatchShare.of(Map.of("SLURM_ARRAY_TASK_COUNT", "4")));
        assertEquals("batch: SLURM_ARRAY_TASK_ID must be a whole number, got none", wrong.getMessage());
    }

    @Test
    void slurmSaysWhichShare() {
        assertEquals(new BatchShare(0, 1), BatchShare.of(Map.of()));
        assertEquals(
                new BatchShare(2, 4),
                BatchShare.of(Map.of(
                        "SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_MIN", "1", "SLURM_ARRAY_TASK_COUNT", "4")));
        assertEquals(new BatchShare(1, 2), BatchShare.of(Map.of("SLURM_PROCID", "1", "SLURM_NTASKS", "2")));
    }
}
