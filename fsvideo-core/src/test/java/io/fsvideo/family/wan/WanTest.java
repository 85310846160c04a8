package io.fsvideo.family.wan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.MemoryPlan;
import io.fsvideo.ModelException;
import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wan's and DC-VideoGen's pipelines from a model directory to frames, on random weights. */
class WanTest {
    @TempDir
    private Path temp;

    static Stream<WanConfig> kinds() {
        return Stream.of(
                WanConfig.tinyTextToVideo(),
                WanConfig.tinyImageToVideo(),
                WanConfig.tinyFirstLastFrame(),
                WanConfig.tinyDcVideoGenTextToVideo(),
                WanConfig.tinyDcVideoGenImageToVideo());
    }

    private Path model(WanConfig config) {
        Path directory = temp.resolve(config.pipeline().name());
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write(config, 3, directory, backend);
        }
        return directory;
    }

    private static Request request(WanConfig config) {
        String prompt = "a red car drives off";
        Request request = config.inputs().takesImage()
                ? Request.of(SmallModel.picture(70, 100)).withPrompt(prompt)
                : Request.ofPrompt(prompt);
        return config.inputs().takesLastImage() ? request.withLastImage(SmallModel.picture(50, 90)) : request;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void makesAVideoOfTheSizeItPlanned(WanConfig config) {
        try (FsVideo fs = FsVideo.open(model(config))) {
            Request request = request(config).withSeed(7);
            MemoryPlan plan = fs.plan(request);
            Result result = fs.generate(request);
            Video video = result.video();
            assertEquals(config.pipeline().frames(), video.frames());
            assertEquals(64, video.height());
            assertEquals(config.inputs().takesImage() ? sideFor(config) : 96, video.width());
            assertEquals(plan.peakBytes(), result.peakBytes(), 0.1 * result.peakBytes());
            assertEquals(
                    plan.weights().values().stream().mapToLong(Long::longValue).sum(), fs.bytesInUse(), "bytes left");
            Video again = fs.generate(request).video();
            assertArrayEquals(bytes(video), bytes(again), "the same seed");
            assertFalse(
                    Arrays.equals(
                            bytes(video), bytes(fs.generate(request.withSeed(8)).video())),
                    "another seed");
            assertFalse(
                    Arrays.equals(
                            bytes(video),
                            bytes(fs.generate(request.withPrompt("rain")).video())),
                    "another prompt");
        }
    }

    /** Columns for a picture of 70 x 100 within 64 x 96 pixels, in steps of 16 or 32. */
    private static int sideFor(WanConfig config) {
        return config.dcAeV() == null ? 80 : 64;
    }

    private static byte[] bytes(Video video) {
        byte[] all = new byte[video.frames() * video.height() * video.width() * 3];
        for (int i = 0; i < video.frames(); i++) {
            byte[] frame = video.frame(i);
            System.arraycopy(frame, 0, all, i * frame.length, frame.length);
        }
        return all;
    }

    @Test
    void bothPicturesMatter() {
        WanConfig config = WanConfig.tinyFirstLastFrame();
        try (FsVideo fs = FsVideo.open(model(config))) {
            Image grey = Image.of(64, 96, new float[64 * 96 * 3]);
            byte[] both = bytes(fs.generate(request(config)).video());
            byte[] otherEnd =
                    bytes(fs.generate(request(config).withLastImage(grey)).video());
            assertFalse(Arrays.equals(both, otherEnd), "another last picture");
        }
    }

    @Test
    void refusesWhatTheModelDoesNotTake() {
        WanConfig words = WanConfig.tinyTextToVideo();
        assertEquals(
                "request: image must not be given for WanTextToVideo models, got one",
                refused(Request.of(SmallModel.picture(8, 8)), words));
        assertEquals(
                "request: lastImage must be given for WanFirstLastFrameToVideo models, got none",
                refused(Request.of(SmallModel.picture(8, 8)), WanConfig.tinyFirstLastFrame()));
        assertEquals(
                "request: height and width must be multiples of 16 up to 8192, got 72x96; nearest is 80x96",
                refused(Request.ofPrompt("").withSize(72, 96), words));
        assertEquals(
                "request: frames must be 4k up to 4092, got 9; nearest are 8 and 12",
                refused(Request.ofPrompt("").withFrames(9), WanConfig.tinyDcVideoGenTextToVideo()));
    }

    private static String refused(Request request, WanConfig config) {
        return assertThrows(RequestException.class, () -> ResolvedRequest.of(request, config))
                .getMessage();
    }

    @Test
    void namesEverythingThatIsMissing() throws IOException {
        Path directory = model(WanConfig.tinyImageToVideo());
        Files.delete(directory.resolve("image_encoder/config.json"));
        Files.delete(directory.resolve("tokenizer/tokenizer.json"));
        String message = assertThrows(ModelException.class, () -> FsVideo.open(directory))
                .getMessage();
        assertTrue(message.contains("[tokenizer/tokenizer.json, image_encoder/config.json]"), message);
    }

    @Test
    void listsTheKindsItKnows() throws IOException {
        Path directory = model(WanConfig.tinyTextToVideo());
        Path index = directory.resolve("model_index.json");
        Files.writeString(index, Files.readString(index).replace("WanTextToVideo", "WanVaceToVideo"));
        String message = assertThrows(ModelException.class, () -> FsVideo.open(directory))
                .getMessage();
        assertTrue(
                message.endsWith(
                        "must be one of [DcVideoGenImageToVideo, DcVideoGenTextToVideo, FsVideo, WanFirstLastFrameToVideo,"
                                + " WanImageToVideo, WanImageToVideoPipeline, WanPipeline, WanTextToVideo], got WanVaceToVideo"),
                message);
    }

    @Test
    void aDirectoryGivesBackItsConfiguration() {
        List<WanConfig> all = kinds().toList();
        for (WanConfig config : all) {
            assertEquals(config, ModelDirectory.open(model(config)).config());
        }
    }

    @Test
    void onlyThePublishedAutoencoderHasThePublishedMapToColours() {
        assertEquals(16, WanConfig.wan21T2v1_3B().latentRgb().channels());
        assertEquals(16, WanConfig.wan21I2v14B720p().latentRgb().channels());
        assertNull(WanConfig.tinyTextToVideo().latentRgb());
        assertNull(WanConfig.dcVideoGenT2v14B().latentRgb());
    }
}
