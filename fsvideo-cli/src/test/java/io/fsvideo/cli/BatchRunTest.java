package io.fsvideo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.SmallModel;
import io.fsvideo.media.VideoFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever an item ends with is that item's alone. */
class BatchRunTest {
    private static final Request REQUEST =
            SmallModel.request().withFrames(1).withSteps(1).withRefinerSteps(1);

    @TempDir
    Path folder;

    private BatchManifest.Item item(int line, BatchManifest.CommandArguments arguments) {
        return new BatchManifest.Item(
                line, "key" + line, folder.resolve("out" + line + ".png"), VideoFormat.APNG, arguments);
    }

    /** Makes arguments whose request throws in the middle of the computation. */
    private static BatchManifest.CommandArguments throwing(Error planted) {
        return () -> REQUEST.withTaps((name, tensor) -> {
            throw planted;
        });
    }

    @Test
    void anyThrowableOfAnItemIsCountedAndTheOthersAreMade() throws Exception {
        List<BatchManifest.Item> items = List.of(
                item(1, () -> REQUEST),
                item(2, throwing(new OutOfMemoryError("planted: Java heap space"))),
                item(3, () -> {
                    throw new OutOfMemoryError("planted: while a picture is read");
                }),
                item(4, throwing(new StackOverflowError("planted: too deep"))),
                item(5, throwing(new AssertionError("planted: a defect"))),
                item(6, () -> {
                    throw new IllegalStateException("planted: another defect");
                }),
                item(7, () -> REQUEST));
        List<BatchRun.Outcome> outcomes = new ArrayList<>();
        Path state = folder.resolve("state");
        new BatchRun(SmallModel.directory(), new BatchState(state), items, outcomes::add)
                .work(List.of(OpenOptions.defaults()));
        assertEquals(7, outcomes.size());
        for (BatchRun.Outcome outcome : outcomes) {
            int line = outcome.item().line();
            boolean isRight = line == 1 || line == 7;
            assertEquals(
                    isRight ? BatchRun.Outcome.Kind.MADE : BatchRun.Outcome.Kind.FAILED,
                    outcome.kind(),
                    () -> line + ": " + outcome.error());
            assertTrue(isRight || outcome.error().contains("planted: "), outcome.error());
            assertEquals(isRight, Files.exists(outcome.item().out()));
        }
        assertFalse(Files.exists(folder.resolve("out2.png")));
    }
}
