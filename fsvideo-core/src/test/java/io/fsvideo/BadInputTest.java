package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.text.TokenizerException;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests and model directories nobody can serve: one clear typed error each. */
class BadInputTest {
    @TempDir
    Path temp;

    private Path model;

    @BeforeEach
    void copyModel() throws IOException {
        model = temp.resolve("model");
        try (Stream<Path> files = Files.walk(SmallModel.directory())) {
            for (Path file : files.toList()) {
                Files.copy(
                        file,
                        model.resolve(SmallModel.directory().relativize(file).toString()));
            }
        }
    }

    private <E extends RuntimeException> void openFails(Class<E> type, String... facts) {
        String message = assertThrows(type, () -> FsVideo.open(model)).getMessage();
        for (String fact : facts) {
            assertTrue(message.contains(fact), message);
        }
    }

    private static String refused(Request request) {
        return assertThrows(RequestException.class, () -> ResolvedRequest.of(request, SmallModel.config()))
                .getMessage();
    }

    @Test
    void refusesIllegalFrameCounts() {
        assertEquals(
                "request: frames must be 1 + 4k up to 4093, got 18; nearest are 17 and 21",
                refused(SmallModel.request().withFrames(18)));
        assertEquals(
                "request: frames must be 1 + 4k up to 4093, got 2147483647; nearest are 4093 and 4093",
                refused(SmallModel.request().withFrames(Integer.MAX_VALUE)));
        assertEquals(
                "request: frames must be at least 1, got 0",
                assertThrows(RequestException.class, () -> SmallModel.request().withFrames(0))
                        .getMessage());
        assertThrows(RequestException.class, () -> SmallModel.request().withFrames(-3));
    }

    @Test
    void refusesIllegalSizes() {
        assertEquals(
                "request: height and width must be multiples of 128 up to 8192, got 720x1280; nearest is 768x1280",
                refused(SmallModel.request().withSize(720, 1280)));
        refused(SmallModel.request().withSize(128, 1 << 20));
        assertThrows(RequestException.class, () -> SmallModel.request().withSize(0, 128));
        assertThrows(RequestException.class, () -> SmallModel.request().withSize(128, -128));
    }

    @Test
    void refusesImagesTheModelDoesNotTake() {
        assertEquals(
                "request: image must be given for FsVideo models, got none", refused(Request.ofPrompt("a red car")));
        assertEquals(
                "request: lastImage must not be given for FsVideo models, got one",
                refused(SmallModel.request().withLastImage(SmallModel.picture(64, 64))));
    }

    @Test
    void refusesIllegalSettings() {
        Request request = SmallModel.request();
        assertThrows(RequestException.class, () -> request.withSteps(0));
        assertThrows(RequestException.class, () -> request.withRefinerSteps(-1));
        assertThrows(RequestException.class, () -> request.withGuidance(Float.NaN));
        assertThrows(RequestException.class, () -> request.withShift(0));
        assertThrows(RequestException.class, () -> request.withPrompt(null));
        assertThrows(RequestException.class, () -> Request.of(null));
    }

    @Test
    void refusesAnUnknownBackend() {
        BackendException failure = assertThrows(
                BackendException.class,
                () -> FsVideo.open(model, OpenOptions.defaults().withBackend("tpu:0")));
        assertTrue(failure.getMessage().contains("got tpu:0"), failure.getMessage());
        assertTrue(failure.getMessage().contains("cpu"), failure.getMessage());
    }

    @Test
    void listsEverythingAnIncompleteModelLacks() throws IOException {
        Files.delete(model.resolve("refiner/config.json"));
        Files.delete(model.resolve("tokenizer/tokenizer.json"));
        openFails(ModelException.class, "refiner/config.json", "tokenizer/tokenizer.json", "weights init");
        model = temp.resolve("nowhere");
        openFails(ModelException.class, "model_index.json", "nowhere");
    }

    @Test
    void refusesAMissingCheckpoint() throws IOException {
        Files.delete(model.resolve("latent_upsampler/model.safetensors"));
        openFails(ModelException.class, "latent_upsampler");
    }

    @Test
    void refusesATruncatedCheckpoint() throws IOException {
        Path file = model.resolve("transformer/model.safetensors");
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(f.length() - 1);
        }
        openFails(ModelException.class, "transformer/model.safetensors", "truncated?");
    }

    @Test
    void refusesACheckpointOfAnotherModel() throws IOException {
        Files.copy(
                model.resolve("text_encoder/model.safetensors"),
                model.resolve("image_encoder/model.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        openFails(WeightsException.class, "missing", "unused", "visual.", "image_encoder");
    }

    @Test
    void refusesDefaultsThatNoRequestMayAskFor() throws IOException {
        Path index = model.resolve("model_index.json");
        String json = Files.readString(index);
        for (String key : new String[] {"frames", "frames_per_second", "height", "width", "steps", "refiner_steps"}) {
            String hostile = json.replaceFirst("\"" + key + "\" ?: ?[0-9]+", "\"" + key + "\" : 2147483647");
            assertNotEquals(json, hostile);
            Files.writeString(index, hostile);
            openFails(ModelException.class, "2147483647");
        }
    }

    @Test
    void refusesBrokenConfigurations() throws IOException {
        Files.writeString(model.resolve("autoencoder/config.json"), "{ not json");
        openFails(ModelException.class, "autoencoder", "JSON");
        Files.writeString(model.resolve("autoencoder/config.json"), "{}");
        openFails(ModelException.class, "model.decoder must be an object");
        Files.writeString(model.resolve("model_index.json"), "{\"_class_name\": \"LtxPipeline\"}");
        openFails(ModelException.class, "LtxPipeline", "FsVideo");
    }

    @Test
    void refusesABrokenTokenizer() throws IOException {
        Files.writeString(model.resolve("tokenizer/tokenizer.json"), "{}");
        openFails(TokenizerException.class, "tokenizer.json");
    }

    @Test
    void freesEverythingWhenTheMemoryLimitIsReached() {
        long weights;
        try (FsVideo fs = FsVideo.open(model)) {
            weights = fs.bytesInUse();
        }
        OutOfMemoryException atOpen = assertThrows(
                OutOfMemoryException.class,
                () -> FsVideo.open(model, OpenOptions.defaults().withMemoryLimit(weights / 2)));
        assertTrue(atOpen.getMessage().contains("limit"), atOpen.getMessage());
        try (FsVideo fs = FsVideo.open(model, OpenOptions.defaults().withMemoryLimit(weights + (4 << 20)))) {
            long before = fs.bytesInUse();
            assertThrows(
                    OutOfMemoryException.class,
                    () -> fs.generate(SmallModel.request().withSize(512, 512)));
            assertEquals(before, fs.bytesInUse());
        }
    }
}
