package io.fsvideo.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fsvideo.SmallModel;
import io.fsvideo.cli.CommandRun;
import io.fsvideo.media.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on the smallest model, whose random weights make noise. */
class EvaluateCommandTest {
    private static final Path EXAMPLES = Path.of("../examples");

    @TempDir
    Path folder;

    @Test
    void noiseDoesNotFollowThePromptAndTrueClipsDo() throws IOException {
        Path json = folder.resolve("numbers.json");
        CommandRun run = CommandRun.of(
                "demo",
                "evaluate",
                SmallModel.directory(),
                "--photographs",
                EXAMPLES,
                "--pictures",
                2,
                "--compare",
                1,
                "--prompts",
                "pan-left,zoom-in",
                "--json",
                json);
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("the measure on true clips  4 of 4 right"), run.out());
        assertTrue(run.err().contains("generate step 8/8"), run.err());
        JsonNode numbers = new ObjectMapper().readTree(Files.readString(json));
        assertEquals(4, numbers.path("clips").size());
        assertEquals(2, numbers.path("other_guidance").size());
        assertEquals(2, numbers.path("reconstructions").size());
        assertEquals(0, numbers.path("motion_right").asDouble(-1));
        assertEquals(1, numbers.path("measure_right_on_true_clips").asDouble());
        assertTrue(numbers.path("first_frame_psnr").asDouble() < 20, numbers.toPrettyString());
        for (JsonNode row : numbers.path("seeds")) {
            assertTrue(row.path("difference").asDouble() > 1, row.toString());
        }
    }

    @Test
    void timeBoundsThePicturesBegun() {
        CommandRun run = CommandRun.of(
                "demo",
                "evaluate",
                SmallModel.directory(),
                "--photographs",
                EXAMPLES,
                "--pictures",
                3,
                "--compare",
                0,
                "--prompts",
                "pan-left",
                "--minutes",
                "0");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains(": 1 held-out pictures x 1 prompts"), run.out());
    }

    @Test
    void sheetHasARowPerPrompt() {
        Path out = folder.resolve("sheet.png");
        CommandRun run = CommandRun.of(
                "demo",
                "sheet",
                SmallModel.directory(),
                "--photographs",
                EXAMPLES,
                "--prompts",
                "pan-up,zoom-out,pan-left",
                "--out",
                out);
        assertEquals(0, run.exitCode(), run.err());
        Image sheet = Image.read(out);
        assertEquals(3 * (128 + 30) + 8, sheet.height());
        assertEquals(3 * (128 + 8) + 8, sheet.width(), "input, frames 0 and 4");
    }

    @Test
    void aMovingSheetPlaysAClipPerPrompt() throws IOException {
        Path out = folder.resolve("sheet.gif");
        CommandRun run = CommandRun.of(
                "demo",
                "sheet",
                SmallModel.directory(),
                "--photographs",
                EXAMPLES,
                "--prompts",
                "pan-up,zoom-out",
                "--true",
                "--out",
                out);
        assertEquals(0, run.exitCode(), run.err());
        Image first = Image.read(out);
        assertEquals(22 + 184 + 8, first.height());
        assertEquals(2 * (184 + 8) + 8, first.width());
        try (ImageInputStream stream = ImageIO.createImageInputStream(out.toFile())) {
            ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
            reader.setInput(stream);
            assertEquals(5, reader.getNumImages(true));
            reader.dispose();
        }
    }

    @Test
    void wrongWishesAreRefusedBeforeTheWork() {
        assertFails("prompts: every move must be one of [pan-left, ", "--prompts", "sideways");
        assertFails("held-out pictures: nowhere must be a folder", "--photographs", "nowhere");
        assertFails("evaluate: pictures, prompts must be at least 1", "--pictures", 0, "--photographs", EXAMPLES);
        assertFails("output: " + folder.toAbsolutePath() + " must be a file", "--json", folder);
        CommandRun noSheet = CommandRun.of("demo", "sheet", SmallModel.directory(), "--out", folder.resolve("a.mp4"));
        assertTrue(noSheet.err().startsWith("error: sheet: --out must end in .png or .gif, got "), noSheet.err());
        assertFalse(Files.exists(folder.resolve("a.mp4")));
    }

    private static void assertFails(String message, Object... arguments) {
        Object[] all = new Object[arguments.length + 3];
        all[0] = "demo";
        all[1] = "evaluate";
        all[2] = SmallModel.directory();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        CommandRun run = CommandRun.of(all);
        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("error: " + message), run.err());
    }
}
