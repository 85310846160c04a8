package io.fsvideo.model;

import static io.fsvideo.model.DitCase.assertClose;
import static io.fsvideo.model.DitCase.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestArena.class)
class ImageEncoderTest {
    private static final ImageEncoderConfig CONFIG =
            new ImageEncoderConfig(21, 7, 30, 3, 5, 4, 1e-5f, List.of(0.5f, 0.25f, 0.4f), List.of(0.25f, 0.5f, 0.2f));

    private static ImageEncoder encoder(Arena a) {
        return Weights.load(a, new DitCase.NoisySource(), DType.F32, w -> new ImageEncoder(w, CONFIG));
    }

    @Test
    void givesABatchTheAnswersOfItsImagesAlone(Arena a) {
        ImageEncoder encoder = encoder(a);
        Tensor images = normal(a, 0, 2, 13, 30, 3);
        Tensor batch = encoder.forward(a, images);
        assertEquals(CONFIG.tokens(), batch.dim(1));
        for (int i = 0; i < 2; i++) {
            float[] alone = encoder.forward(a, a.slice(images, 0, i, i + 1)).toFloats();
            assertClose(alone, a.slice(batch, 0, i, i + 1).toFloats(), 1e-5);
        }
    }

    /** A grey image stays grey under any filter whose weights sum to one; only the normalisation is left. */
    @Test
    void normalisesEachColour(Arena a) {
        Tensor grey = a.fill(DType.F32, 0.2f, 1, 40, 17, 3);
        float[] pixels = encoder(a).pixels(a, grey).toFloats();
        float[] expected = {(0.6f - 0.5f) / 0.25f, (0.6f - 0.25f) / 0.5f, (0.6f - 0.4f) / 0.2f};
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(expected[i % 3], pixels[i], 2e-6);
        }
    }

    @Test
    void leavesOnlyItsResult(Arena a) {
        ImageEncoder encoder = encoder(a);
        Tensor image = normal(a, 0, 1, 9, 9, 3);
        long before = a.bytesInUse();
        Tensor features = encoder.forward(a, image);
        assertEquals(before + features.bytes(), a.bytesInUse());
    }

    @Test
    void refusesOtherThanThreeColours(Arena a) {
        ImageEncoder encoder = encoder(a);
        Tensor image = normal(a, 0, 1, 9, 9, 4).named("image");
        ShapeException e = assertThrows(ShapeException.class, () -> encoder.forward(a, image));
        assertEquals(
                "imageEncoder: image must be [batch, height, width, 3] F32, got image [1, 9, 9, 4] F32",
                e.getMessage());
    }

    @Test
    void refusesSizesThatDoNotFit() {
        ConfigException e = assertThrows(
                ConfigException.class,
                () -> new ImageEncoderConfig(20, 7, 30, 3, 5, 4, 1e-5f, CONFIG.mean(), CONFIG.std()));
        assertEquals("config: clip.image_size must be a multiple of patch_size = 7, got 20", e.getMessage());
    }
}
