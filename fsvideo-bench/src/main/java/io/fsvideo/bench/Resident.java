package io.fsvideo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Physical memory of this process as Linux counts it; 0 elsewhere. */
final class Resident {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    private Resident() {}

    /** Bytes now. */
    static long bytes() {
        return read("VmRSS:");
    }

    /** Most bytes since {@link #resetPeak}. */
    static long peakBytes() {
        return read("VmHWM:");
    }

    static void resetPeak() {
        try {
            if (Files.exists(RESET)) {
                Files.writeString(RESET, "5");
            }
        } catch (IOException e) {
            throw new IllegalStateException("bench: " + RESET + " must be writable, got " + e, e);
        }
    }

    private static long read(String key) {
        try {
            if (!Files.exists(STATUS)) {
                return 0;
            }
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(key))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new IllegalStateException("bench: " + STATUS + " must be readable, got " + e, e);
        }
    }
}
