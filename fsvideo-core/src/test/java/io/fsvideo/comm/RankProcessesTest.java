package io.fsvideo.comm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess;
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

/** Groups whose ranks are processes of their own. */
class RankProcessesTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir
    Path folder;

    private List<JavaProcess.Running> start(int size, long rounds) {
        List<JavaProcess.Running> running = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            running.add(new JavaProcess()
                    .option("-XX:TieredStopAtLevel=1")
                    .environment(Map.of("RANK", "" + rank, "WORLD_SIZE", "" + size))
                    .start(
                            folder,
                            RankProgram.class,
                            folder.resolve("rendezvous").toString(),
                            Long.toString(rounds),
                            folder.resolve("result" + rank).toString()));
        }
        return running;
    }

    @Test
    void twoProcessesSumAsTwoThreads() throws IOException {
        for (JavaProcess.Running rank : start(2, 20)) {
            JavaProcess.Outcome outcome = rank.await();
            assertEquals(0, outcome.exitCode(), outcome.err());
        }
        float tenths = 0.1f + 0.1f * 2;
        for (int rank = 0; rank < 2; rank++) {
            assertEquals("[1.0, " + tenths + ", 10.0]", Files.readString(folder.resolve("result" + rank)));
        }
        assertFalse(Files.exists(folder.resolve("rendezvous")));
    }

    @Test
    void aKilledProcessEndsTheOthers() throws IOException, InterruptedException {
        List<JavaProcess.Running> ranks = start(2, FOREVER);
        try {
            for (JavaProcess.Running rank : ranks) {
                while (!Files.readString(rank.out()).contains("running")) {
                    assertTrue(rank.process().isAlive(), Files.readString(rank.err()));
                    Thread.onSpinWait();
                }
            }
            ranks.get(1).process().destroyForcibly().waitFor();
            assertTrue(ranks.get(0).process().waitFor(10, TimeUnit.SECONDS), "rank 0 must end by itself");
            JavaProcess.Outcome outcome = ranks.get(0).await();
            assertEquals(3, outcome.exitCode());
            assertTrue(
                    outcome.err().contains("failed rank 1: comm: rank 1 of 2 ended the group: the connection to its"),
                    outcome.err());
            try (Stream<Path> left = Files.list(folder)) {
                assertEquals(List.of(), left.toList(), "nothing may be written");
            }
        } finally {
            ranks.forEach(rank -> rank.process().destroyForcibly());
        }
    }
}
