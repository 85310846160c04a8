package io.fsvideo.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** FFmpeg without memory, for each of its allocations of a page or more: a typed error, and the file that was there stays as it was. */
@EnabledOnOs(OS.LINUX)
class EncoderSweepTest {
    @TempDir
    Path folder;

    private Path library() throws IOException, InterruptedException {
        Path source = folder.resolve("refuse.cpp");
        try (InputStream in = EncoderSweepTest.class.getResourceAsStream("refuse.cpp")) {
            Files.copy(in, source);
        }
        Path library = folder.resolve("librefuse.so");
        List<String> command = List.of(
                "g++", "-std=c++17", "-O2", "-shared", "-fPIC", "-Wall", "-o", library.toString(), source.toString());
        Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(compiler.getInputStream().readAllBytes());
        assertEquals(0, compiler.waitFor(), output);
        return library;
    }

    @Test
    void everyAllocationOfTheEncoderMayFail() throws IOException, InterruptedException {
        Path clips = Files.createDirectory(folder.resolve("clips"));
        JavaProcess.Outcome outcome = new JavaProcess()
                .environment(Map.of("LD_PRELOAD", library().toString()))
                .run(folder, EncoderSweepProgram.class, clips.toString());
        assertEquals(0, outcome.exitCode(), outcome.out() + outcome.err());
        String[] counts = outcome.out().strip().split(" ");
        assertTrue(Integer.parseInt(counts[0]) >= 5, outcome.out());
        assertEquals(
                counts[0], counts[1], "typed errors of all allocations, the rest were passed over: " + outcome.out());
        System.out.println("allocation sweep: MP4, all of " + counts[0] + " allocations refused");
    }
}
