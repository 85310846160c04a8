package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.text.JavaProcess;
import io.fsvideo.text.JavaProcess.Outcome;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small file whose picture would not fit the heap is refused from its header, not when memory has run out. */
class SmallHeapTest {
    @TempDir
    Path temp;

    /** The process: reads a picture of one bit a pixel. */
    static final class Run {
        private Run() {}

        public static void main(String[] arguments) throws IOException {
            int side = Integer.parseInt(arguments[0]);
            byte[] png = Pictures.encoded(new BufferedImage(side, side, BufferedImage.TYPE_BYTE_BINARY), "png");
            try {
                System.out.print(Image.read(png).width());
            } catch (ImageException e) {
                System.out.print(e.getMessage() + " " + e.getCause());
            }
        }
    }

    @Test
    void aPictureThatWouldNotFitIsRefusedBeforeItIsUnpacked() {
        String refused =
                "Image\\.read: the bytes must fit the Java heap, got height 3000 x width 3000, about 171 MiB of 12\\d;"
                        + " raise -Xmx or scale it down null";
        assertTrue(read(3000).matches(refused), read(3000));
        assertEquals("1000", read(1000));
    }

    private String read(int side) {
        Outcome outcome = new JavaProcess()
                .option("-Xmx128m")
                .option("-XX:+UseSerialGC")
                .run(temp, Run.class, Integer.toString(side));
        assertEquals(0, outcome.exitCode(), outcome.err());
        return outcome.out();
    }
}
