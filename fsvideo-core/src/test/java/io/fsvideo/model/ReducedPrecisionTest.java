package io.fsvideo.model;

import static io.fsvideo.model.DitCase.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The models in BF16 stay close to themselves in F32: 8 bits of mantissa, errors of some 1e-3 per operation that average out. */
@ExtendWith(TestArena.class)
class ReducedPrecisionTest {
    private static final double RELATIVE = 0.03;

    /** Root mean square of the difference over that of the reference. */
    private static void assertNear(Tensor reference, Tensor reduced) {
        float[] expected = reference.toFloats();
        float[] actual = reduced.toFloats();
        double error = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(expected[i] - actual[i], 2);
            size += Math.pow(expected[i], 2);
        }
        double relative = Math.sqrt(error / size);
        assertTrue(relative < RELATIVE && relative > 1e-4, "relative error " + relative);
    }

    private static Tensor velocity(Arena a, DType dtype) {
        DitConfig c = DitCase.config("dynamic_router");
        Dit dit = Weights.load(a, new DitCase.NoisySource(), dtype, w -> new Dit(w, c));
        List<Tensor> texts = DitCase.texts(a, c).subList(0, 2);
        Dit.Context context = dit.prepare(a, texts, normal(a, 4, 1, 7, c.clipDim()));
        Tensor x = normal(a, 0, 2, 2, 3, 3, c.inDim());
        return dit.forward(a, x, new float[] {733, 12}, context);
    }

    @Test
    void transformer(Arena a) {
        Tensor reduced = velocity(a, DType.BF16);
        assertEquals(DType.F32, reduced.dtype());
        assertNear(velocity(a, DType.F32), reduced);
    }

    private static Tensor text(Arena a, DType dtype) {
        TextEncoderConfig c = new TextEncoderConfig(50, 20, 33, 24, 3, 3, 12, 20, 40, 1e-6f);
        TextEncoder encoder = Weights.load(a, new DitCase.NoisySource(), dtype, w -> new TextEncoder(w, c));
        return encoder.encode(a, new int[] {3, 1, 49, 7, 7, 0, 12});
    }

    @Test
    void textEncoder(Arena a) {
        assertNear(text(a, DType.F32), text(a, DType.BF16));
    }

    private static Tensor image(Arena a, DType dtype) {
        ImageEncoderConfig c = ImageEncoderConfig.tiny();
        ImageEncoder encoder = Weights.load(a, new DitCase.NoisySource(), dtype, w -> new ImageEncoder(w, c));
        return encoder.forward(a, normal(a, 0, 1, 30, 41, 3));
    }

    @Test
    void imageEncoder(Arena a) {
        assertNear(image(a, DType.F32), image(a, DType.BF16));
    }
}
