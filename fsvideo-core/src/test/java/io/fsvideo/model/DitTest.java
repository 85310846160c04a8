package io.fsvideo.model;

import static io.fsvideo.model.DitCase.assertClose;
import static io.fsvideo.model.DitCase.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(TestArena.class)
class DitTest {
    /** Rounding of two orders of summation through four layers; outputs are of size 1. */
    private static final double ROUNDING = 2e-5;

    private static final float[] TIMES = {733, 12.5f, 1000};

    @Test
    void givesTheSameBitsFromAUsedContextAsFromAFreshOne(Arena a) {
        DitConfig c = DitCase.config("dynamic_router");
        Dit dit = DitCase.dit(a, c);
        Tensor x = normal(a, 0, 3, 3, 2, 5, c.inDim());
        Tensor image = normal(a, 4, 1, 7, c.clipDim());
        Dit.Context used = dit.prepare(a, DitCase.texts(a, c), image);
        dit.forward(a, normal(a, 9, 3, 1, 4, 2, c.inDim()), TIMES, used);
        float[] first = dit.forward(a, x, TIMES, used).toFloats();
        assertArrayEquals(first, dit.forward(a, x, TIMES, used).toFloats());
        Dit.Context fresh = dit.prepare(a, DitCase.texts(a, c), image);
        assertArrayEquals(first, dit.forward(a, x, TIMES, fresh).toFloats());
    }

    @ParameterizedTest
    @CsvSource({"none", "dynamic_router", "sliding_window:2"})
    void givesABatchTheAnswersOfItsEntriesAlone(String layerMemory, Arena a) {
        DitConfig c = DitCase.config(layerMemory);
        Dit dit = DitCase.dit(a, c);
        Tensor x = normal(a, 0, 3, 3, 2, 5, c.inDim());
        Tensor images = normal(a, 4, 3, 7, c.clipDim());
        List<Tensor> texts = DitCase.texts(a, c);
        Tensor batch = dit.forward(a, x, TIMES, dit.prepare(a, texts, images));
        for (int i = 0; i < 3; i++) {
            Dit.Context own = dit.prepare(a, texts.subList(i, i + 1), a.slice(images, 0, i, i + 1));
            Tensor alone = dit.forward(a, a.slice(x, 0, i, i + 1), new float[] {TIMES[i]}, own);
            assertClose(alone.toFloats(), a.slice(batch, 0, i, i + 1).toFloats(), ROUNDING);
        }
    }

    @Test
    void sharesOneImageAmongABatch(Arena a) {
        DitConfig c = DitCase.config("none");
        Dit dit = DitCase.dit(a, c);
        Tensor x = normal(a, 0, 3, 1, 3, 3, c.inDim());
        Tensor image = normal(a, 4, 1, 7, c.clipDim());
        Tensor copies = a.concat(0, List.of(image, image, image));
        Tensor shared = dit.forward(a, x, TIMES, dit.prepare(a, DitCase.texts(a, c), image));
        Tensor copied = dit.forward(a, x, TIMES, dit.prepare(a, DitCase.texts(a, c), copies));
        assertClose(copied.toFloats(), shared.toFloats(), ROUNDING);
        assertTrue(spread(shared) > 0.1, "a constant answer would prove nothing");
    }

    private static double spread(Tensor x) {
        float low = Float.MAX_VALUE;
        float high = -Float.MAX_VALUE;
        for (float value : x.toFloats()) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        return high - low;
    }

    /** Patches that are not square, grids that differ, padding beyond the longest. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 2, 2", "2, 1, 3", "1, 3, 2"})
    void givesPaddedSamplesTheAnswersOfTheirOwnSizes(int frames, int height, int width, Arena a) {
        DitConfig c = new DitConfig(frames, height, width, 12, 5, 42, 50, 16, 9, 4, 3, 2, 0, 1e-6f, "dynamic_router");
        Dit dit = DitCase.dit(a, c);
        List<Tensor> texts = DitCase.texts(a, c).subList(0, 2);
        Tensor small = normal(a, 5, 1, 2L * frames, 3L * height, width, c.inDim());
        Tensor large = normal(a, 6, 1, frames, 2L * height, 5L * width, c.inDim());
        float[] times = {999, 3};
        List<Tensor> padded = dit.forward(a, List.of(small, large), 13, times, dit.prepare(a, texts, null));
        List<Tensor> samples = List.of(small, large);
        for (int i = 0; i < 2; i++) {
            Dit.Context own = dit.prepare(a, texts.subList(i, i + 1), null);
            Tensor alone = dit.forward(a, samples.get(i), new float[] {times[i]}, own);
            assertEquals(alone.shape(), padded.get(i).shape());
            assertEquals(samples.get(i).shape().with(4, c.outDim()), alone.shape());
            assertClose(alone.toFloats(), padded.get(i).toFloats(), ROUNDING);
        }
    }

    @Test
    void readsEveryTextRowAndAcceptsNone(Arena a) {
        DitConfig c = DitCase.config("none");
        Dit dit = DitCase.dit(a, c);
        Tensor x = normal(a, 0, 1, 1, 2, 2, c.inDim());
        Tensor image = normal(a, 4, 1, 7, c.clipDim());
        Tensor empty = a.fill(DType.F32, 0, 0, c.textDim());
        Tensor zero = a.fill(DType.F32, 0, 1, c.textDim());
        float[] time = {500};
        float[] none =
                dit.forward(a, x, time, dit.prepare(a, List.of(empty), image)).toFloats();
        float[] padding =
                dit.forward(a, x, time, dit.prepare(a, List.of(zero), image)).toFloats();
        assertArrayEquals(none, padding);
        float[] text = dit.forward(
                        a, x, time, dit.prepare(a, DitCase.texts(a, c).subList(1, 2), image))
                .toFloats();
        assertTrue(Math.abs(none[0] - text[0]) > 1e-4);
    }

    /** One state outlives its block without layer memory, all do with the router, a window's in between. */
    @Test
    void freesHiddenStatesNobodyReads(Arena a) {
        long none = peak(a, "none");
        long window = peak(a, "sliding_window:2");
        long all = peak(a, "dynamic_router");
        assertTrue(none < window && window < all, none + " " + window + " " + all);
        assertEquals(window, peak(a, "sliding_window:2"));
        assertEquals(all, peak(a, "sliding_window:4"));
    }

    private static long peak(Arena a, String layerMemory) {
        DitConfig c = DitCase.config(layerMemory);
        try (Arena root = Arena.root(a.backend(), "weights");
                Arena request = Arena.root(a.backend(), "request")) {
            Dit dit = DitCase.dit(root, c);
            Tensor x = normal(request, 0, 1, 4, 8, 8, c.inDim());
            Tensor image = normal(request, 4, 1, 7, c.clipDim());
            Dit.Context context = dit.prepare(request, DitCase.texts(request, c).subList(0, 1), image);
            dit.forward(request, x, new float[] {5}, context);
            return request.peakBytes();
        }
    }

    @Test
    void leavesOnlyItsResult(Arena a) {
        DitConfig c = DitCase.config("dynamic_router");
        Dit dit = DitCase.dit(a, c);
        Tensor x = normal(a, 0, 1, 2, 2, 2, c.inDim());
        Dit.Context context = dit.prepare(a, DitCase.texts(a, c).subList(0, 1), normal(a, 4, 1, 7, c.clipDim()));
        dit.forward(a, x, new float[] {5}, context);
        long before = a.bytesInUse();
        Tensor result = dit.forward(a, x, new float[] {5}, context);
        assertEquals(before + result.bytes(), a.bytesInUse());
    }

    @Test
    void namesWhatDoesNotFit(Arena a) {
        DitConfig c = new DitConfig(1, 2, 2, 12, 10, 42, 50, 16, 9, 6, 3, 1, 11, 1e-6f, "none");
        Dit dit = DitCase.dit(a, c);
        Tensor image = normal(a, 4, 1, 7, c.clipDim()).named("image");
        List<Tensor> texts = new ArrayList<>(DitCase.texts(a, c).subList(0, 1));
        Dit.Context context = dit.prepare(a, texts, image);
        Tensor odd = normal(a, 0, 1, 1, 3, 2, c.inDim()).named("x");
        assertMessage(
                "dit: x must be [batch, frames, height, width, 10] in multiples of the patch 1 x 2 x 2, got x [1, 1, 3, 2, 10] F32",
                () -> dit.forward(a, odd, new float[] {5}, context));
        Tensor x = normal(a, 0, 1, 1, 4, 2, c.inDim());
        assertMessage(
                "dit: times and context must have one entry per sample, got 1 samples, 2 times and 1 texts",
                () -> dit.forward(a, x, new float[] {5, 6}, context));
        assertMessage("dit: image must be given for clip_dim 11, got null", () -> dit.prepare(a, texts, null));
        Tensor longText = normal(a, 0, 13, c.textDim()).named("text");
        assertMessage(
                "dit: text must be [0..12, 9], got text [13, 9] F32", () -> dit.prepare(a, List.of(longText), image));
        Tensor wide = normal(a, 0, 1, 1, 2050, 2, c.inDim());
        assertMessage(
                "rope: grid must be at most 1024 along each axis, got 1 x 1025 x 1",
                () -> dit.forward(a, wide, new float[] {5}, context));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(ShapeException.class, call).getMessage());
    }
}
