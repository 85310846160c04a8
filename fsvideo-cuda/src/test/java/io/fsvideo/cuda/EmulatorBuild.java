package io.fsvideo.cuda;

import io.fsvideo.kernels.EmulatorLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The emulator's library: the file named by {@code -Dfsvideo.emulator.library}, or built with make beside this module. */
final class EmulatorBuild {
    private static final Path KERNELS = Path.of("..", "fsvideo-kernels");

    private static Path made;

    private EmulatorBuild() {}

    static EmulatorLibrary library() {
        return EmulatorLibrary.load(file());
    }

    /** Once a process, so that later calls wait for no other. */
    static synchronized Path file() {
        if (made == null) {
            String file = System.getProperty("fsvideo.emulator.library");
            if (file == null) {
                make();
            }
            made = file != null ? Path.of(file) : KERNELS.resolve("target/native/libfsvideo_emulator.so");
        }
        return made;
    }

    private static void make() {
        String java = "JAVA_HOME=" + System.getProperty("java.home");
        try {
            Process make = new ProcessBuilder("make", "-s", "-j2", java, "library")
                    .directory(KERNELS.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(make.getInputStream().readAllBytes());
            if (make.waitFor() != 0) {
                throw new AssertionError("emulator: make -C fsvideo-kernels library failed\n" + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("emulator: make and g++ must be installed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("emulator: interrupted while it was built", e);
        }
    }
}
