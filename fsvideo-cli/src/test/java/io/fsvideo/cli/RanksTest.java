package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.SmallModel;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One video made by several ranks, as a user asks for it. */
class RanksTest {
    private static final String IMAGE =
            Path.of("../examples/coffee.jpg").toAbsolutePath().normalize().toString();

    @TempDir
    Path folder;

    private String[] generate(String steps, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate", "--image", IMAGE, "--model", SmallModel.directory().toString(), "--size", "128x128"));
        arguments.addAll(List.of("--frames", "9", "--steps", steps, "--parallel", "tensor", "--threads", "1"));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    private Running start(int rank, String steps, String out) {
        return new JavaProcess()
                .option("-XX:TieredStopAtLevel=1")
                .start(
                        folder,
                        Main.class,
                        generate(
                                steps,
                                "--rank=" + rank,
                                "--world-size",
                                "2",
                                "--rendezvous",
                                folder.resolve("meet").toString(),
                                "--out",
                                folder.resolve(out).toString()));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void twoProcessesMakeTheClipOfTwoThreads() throws IOException {
        List<Running> ranks = List.of(start(0, "2", "first.y4m"), start(1, "2", "second.y4m"));
        Outcome first = ranks.get(0).await();
        Outcome second = ranks.get(1).await();
        assertEquals(0, first.exitCode(), first.err());
        assertEquals(0, second.exitCode(), second.err());
        assertTrue(first.out().startsWith("wrote "), first.out());
        assertEquals("", second.out());
        assertEquals(List.of("first.y4m"), files(), "the first rank alone writes");
        String threads = folder.resolve("threads.y4m").toString();
        CommandRun run = CommandRun.of((Object[]) generate("2", "--ranks", "2", "--seed", "0", "--out", threads));
        assertEquals(0, run.exitCode(), run.err());
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("threads.y4m")), Files.readAllBytes(folder.resolve("first.y4m")));
    }

    @Test
    void aKilledRankEndsTheOtherAndNothingIsWritten() throws IOException, InterruptedException {
        List<Running> ranks = List.of(start(0, "1000", "out.y4m"), start(1, "1000", "out.y4m"));
        try {
            Signals.await(() -> Files.readString(ranks.get(0).err()).contains("base "));
            ranks.get(1).process().destroyForcibly().waitFor();
            assertTrue(ranks.get(0).process().waitFor(10, TimeUnit.SECONDS), "the first rank must end by itself");
            Outcome outcome = ranks.get(0).await();
            assertEquals(1, outcome.exitCode(), outcome.err());
            assertTrue(outcome.err().contains("error: comm: rank 1 of 2 ended the group"), outcome.err());
            assertEquals(List.of(), files());
        } finally {
            ranks.forEach(rank -> rank.process().destroyForcibly());
        }
    }

    /** There is no CUDA backend in this module, but its name says which it would be. */
    @Test
    void cudaIsTheDeviceOfTheLocalRank() throws IOException {
        Outcome outcome = new JavaProcess()
                .option("-XX:TieredStopAtLevel=1")
                .environment(
                        Map.of("RANK", "5", "WORLD_SIZE", "8", "LOCAL_RANK", "3", "CUDA_VISIBLE_DEVICES", "4,5,6,7"))
                .start(folder, Main.class, generate("1", "--backend", "cuda", "--out", "x.y4m"))
                .await();
        assertEquals(1, outcome.exitCode());
        assertTrue(outcome.err().contains("got cuda:3"), outcome.err());
    }

    @Test
    void refusesWaysThatExcludeEachOther() {
        CommandRun both =
                CommandRun.of((Object[]) generate("1", "--ranks", "2", "--devices", "cpu,cpu", "--out", "x.y4m"));
        assertEquals(1, both.exitCode());
        assertEquals(
                "error: ranks: options must be one of --devices, --ranks, or --rendezvous with --rank and"
                        + " --world-size, got [--ranks, --devices]\n",
                both.err());
        CommandRun alone = CommandRun.of((Object[]) generate("1", "--rank", "0", "--out", "x.y4m"));
        assertTrue(alone.err().contains("got [--rank]"), alone.err());
        CommandRun wrong = CommandRun.of((Object[]) generate("1", "--parallel", "pipeline", "--out", "x.y4m"));
        assertEquals(2, wrong.exitCode());
        assertFalse(Files.exists(Path.of("x.y4m")));
    }
}
