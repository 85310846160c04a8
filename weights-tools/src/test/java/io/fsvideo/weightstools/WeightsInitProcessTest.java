package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fsvideo.cli.Main;
import io.fsvideo.cli.Signals;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Running;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class WeightsInitProcessTest {
    @TempDir
    Path folder;

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void signalWhileWritingWeightsLeavesNothing() throws IOException, InterruptedException {
        assertStopped("TERM", 143);
        assumeFalse(Signals.interruptIsIgnored(), "started in the background, where SIGINT is ignored");
        assertStopped("INT", 130);
    }

    private void assertStopped(String signal, int exitCode) throws IOException, InterruptedException {
        Running running = new JavaProcess()
                .start(folder, Main.class, "weights", "init", "--config", "fsae-standard", "--out", "model");
        Signals.await(() -> Signals.files(folder).stream().anyMatch(name -> name.endsWith(".tmp")));
        Signals.send(running, signal);
        assertEquals(exitCode, running.await().exitCode());
        assertEquals(List.of(), Signals.files(folder));
    }
}
