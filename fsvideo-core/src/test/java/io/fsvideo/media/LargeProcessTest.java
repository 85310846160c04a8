package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A clip is written however much native memory the process holds beside a small heap. */
class LargeProcessTest {
    private static final long NATIVE_BYTES = 400L << 20;

    @TempDir
    Path temp;

    /** The process: touches native memory far beyond JavaCPP's bound of four times the heap, then writes a clip. */
    static final class Run {
        private Run() {}

        public static void main(String[] arguments) {
            try (Backend cpu = Backend.open("cpu");
                    Arena arena = Arena.root(cpu, "large")) {
                arena.fill(DType.F32, 1, NATIVE_BYTES / DType.F32.bytes());
                Video.ofFloats(new float[2 * 64 * 64 * 3], 64, 64, 12).writeMp4(Path.of(arguments[0]));
            }
        }
    }

    @Test
    void writesMp4BesideMuchNativeMemory() {
        Path out = temp.resolve("out.mp4");
        Outcome outcome = new JavaProcess().option("-Xmx48m").run(temp, Run.class, out.toString());
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertEquals("{}", Video.readMetadata(out).toString());
    }
}
