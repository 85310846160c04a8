package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.Progress;
import io.fsvideo.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressPrinterTest {
    private final StringWriter written = new StringWriter();

    private String print(ProgressLine.Style style, Progress... reports) {
        try (ProgressPrinter printer = new ProgressPrinter(new PrintWriter(written), style)) {
            for (Progress report : reports) {
                printer.onProgress(report);
            }
        }
        return written.toString().replace(System.lineSeparator(), "\n");
    }

    private static Progress at(Stage stage, int step, int steps, int elapsed, int left) {
        return new Progress(
                stage,
                step,
                steps,
                Duration.ofSeconds(elapsed),
                Duration.ofSeconds(left),
                0,
                Duration.ZERO,
                Optional.empty());
    }

    @Test
    void linesComeByStageAndTenth() {
        assertEquals(
                """
                text     step 0/1, 0:00 elapsed
                base     step 0/40, 0:01 elapsed
                base     step 4/40, 0:05 elapsed, about 1:35 left
                """,
                print(
                        ProgressLine.Style.LINES,
                        at(Stage.TEXT, 0, 1, 0, 0),
                        at(Stage.BASE, 0, 40, 1, 0),
                        at(Stage.BASE, 1, 40, 2, 98),
                        at(Stage.BASE, 4, 40, 5, 95),
                        at(Stage.BASE, 5, 40, 6, 94)));
    }

    @Test
    void barRedrawsItsLineAndStartsAnotherForTheNextStage() {
        assertEquals(
                "\r\u001b[Kbase     [..............................] step 0/2, 0:00 elapsed"
                        + "\r\u001b[Kbase     [###############...............] step 1/2, 0:03 elapsed, about 0:03 left"
                        + "\n\r\u001b[Kdecode   [##############################] step 1/1, 0:07 elapsed\n",
                print(
                        ProgressLine.Style.BAR,
                        at(Stage.BASE, 0, 2, 0, 0),
                        at(Stage.BASE, 1, 2, 3, 3),
                        at(Stage.DECODE, 1, 1, 7, 0)));
    }
}
