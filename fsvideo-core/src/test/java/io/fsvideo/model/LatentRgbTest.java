package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Shape;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The map against PyTorch 2, in float64: {@code linear} for one pixel per latent, {@code einsum} for several. */
class LatentRgbTest {
    /** Sums of 16 products of numbers below 1 in F32. */
    private static final float TOLERANCE = 1e-5f;

    private static float[] numbers(int count, IntToDoubleFunction number) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) number.applyAsDouble(i);
        }
        return numbers;
    }

    private static float[] colour(float[] pixels, int height, int width, int frame, int y, int x) {
        int from = 3 * ((frame * height + y) * width + x);
        return Arrays.copyOfRange(pixels, from, from + 3);
    }

    @Test
    void wansMapGivesOnePixelPerLatent() {
        float[] latent = numbers(3 * 2 * 2 * 16, i -> Math.sin(0.7 * i));
        float[] pixels = LatentRgb.wan21().pixels(latent, 3, 2, 2);
        assertEquals(3 * 2 * 2 * 3, pixels.length);
        assertArrayEquals(new float[] {0.195006f, 0.735039f, 0.16009f}, colour(pixels, 2, 2, 0, 0, 0), TOLERANCE);
        assertArrayEquals(new float[] {0.054396f, -0.534527f, -0.747589f}, colour(pixels, 2, 2, 1, 1, 0), TOLERANCE);
        assertArrayEquals(new float[] {-0.234719f, -0.840437f, -0.885077f}, colour(pixels, 2, 2, 2, 1, 1), TOLERANCE);
    }

    @Test
    void aMapOfSeveralPixelsAndFramesPutsThemWhereTheyBelong() {
        LatentRgb map = new LatentRgb(
                Shape.of(2, 1, 2, 3, 4),
                numbers(2 * 1 * 2 * 3 * 4, i -> Math.sin(1.3 * i)),
                numbers(2 * 1 * 2 * 3, Math::cos));
        float[] pixels = map.pixels(numbers(3 * 2 * 3 * 4, i -> Math.sin(0.7 * i)), 3, 2, 3);
        // Of the two frames that the first latent stands for, the last remains.
        assertEquals(5 * 2 * 6 * 3, pixels.length);
        assertArrayEquals(new float[] {1.761056f, 2.148575f, 0.360469f}, colour(pixels, 2, 6, 0, 0, 0), TOLERANCE);
        assertArrayEquals(new float[] {-0.954116f, -2.31406f, -1.308079f}, colour(pixels, 2, 6, 1, 1, 5), TOLERANCE);
        assertArrayEquals(new float[] {-0.525052f, -2.377134f, -1.822867f}, colour(pixels, 2, 6, 4, 0, 3), TOLERANCE);
    }

    @Test
    void refusesWhatIsNoMap() {
        for (Shape shape : new Shape[] {
            Shape.of(1, 1, 1, 3), Shape.of(1, 1, 1, 4, 2), Shape.of(1, 1, 1, 3, 0), Shape.of(129, 1, 1, 3, 1)
        }) {
            float[] weight = new float[(int) shape.numel()];
            assertThrows(ConfigException.class, () -> new LatentRgb(shape, weight, new float[weight.length]));
        }
        Shape shape = Shape.of(1, 1, 1, 3, 2);
        String short_ = assertThrows(ConfigException.class, () -> new LatentRgb(shape, new float[6], new float[2]))
                .getMessage();
        assertTrue(short_.contains("bias must be [frames, height, width, 3]"), short_);
        float[] broken = {0, 0, Float.NaN, 0, 0, 0};
        assertThrows(ConfigException.class, () -> new LatentRgb(shape, broken, new float[3]));
    }
}
