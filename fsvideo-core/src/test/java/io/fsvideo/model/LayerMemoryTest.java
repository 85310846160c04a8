package io.fsvideo.model;

import static io.fsvideo.model.DitCase.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestArena.class)
class LayerMemoryTest {
    private static final float DECISIVE = 30;

    private static final double ROUNDING = 1e-6;

    private static float[] run(Arena a, DitConfig c, TensorSource source, LayerMemory.Variant variant) {
        Dit dit = Weights.load(a, source, DType.F32, w -> new Dit(w, c, variant));
        Tensor x = normal(a, 0, 1, 3, 3, 3, c.inDim());
        Dit.Context context = dit.prepare(a, DitCase.texts(a, c).subList(0, 1), normal(a, 4, 1, 7, c.clipDim()));
        return dit.forward(a, x, new float[] {733}, context).toFloats();
    }

    /** Adds 30 to the router's bias for the latest state, or for the one {@code age} before it. */
    private static final class Decided extends DitCase.NoisySource {
        private final int age;

        Decided(int age) {
            this.age = age;
        }

        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            if (!key.endsWith("router.bias")) {
                return super.load(a, key, shape);
            }
            float[] bias = new float[Math.toIntExact(shape.numel())];
            bias[Math.max(0, bias.length - 1 - age)] = DECISIVE;
            return a.of(key, bias, shape.toArray());
        }
    }

    /** Weights of the other states are below exp(-25), less than a rounding error: measured 0 on the CPU and by definition. */
    @Test
    void isWanWhenTheRouterPicksTheLatestState(Arena a) {
        DitConfig c = DitCase.config("none");
        float[] plain = run(a, c, new Decided(0), LayerMemory.named("none"));
        DitCase.assertClose(plain, run(a, c, new Decided(0), LayerMemory.dynamicRouter()), ROUNDING);
        DitCase.assertClose(plain, run(a, c, new Decided(0), LayerMemory.slidingWindow(2)), ROUNDING);
        assertTrue(difference(plain, run(a, c, new Decided(1), LayerMemory.dynamicRouter())) > 0.01);
    }

    @Test
    void changesTheAnswerWithAnOpenRouter(Arena a) {
        DitConfig c = DitCase.config("none");
        float[] plain = run(a, c, new DitCase.NoisySource(), LayerMemory.named("none"));
        float[] routed = run(a, c, new DitCase.NoisySource(), LayerMemory.dynamicRouter());
        assertTrue(difference(plain, routed) > 0.01);
    }

    private static double difference(float[] a, float[] b) {
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    @Test
    void ofAWindowOfOneIsWan(Arena a) {
        DitConfig c = DitCase.config("none");
        float[] plain = run(a, c, new DitCase.NoisySource(), LayerMemory.named("none"));
        DitCase.assertClose(plain, run(a, c, new DitCase.NoisySource(), LayerMemory.slidingWindow(1)), 1e-5);
    }

    @Test
    void ofAWindowAsLongAsTheNetworkIsTheRouter(Arena a) {
        DitConfig c = DitCase.config("none");
        assertArrayEquals(
                run(a, c, new DitCase.NoisySource(), LayerMemory.dynamicRouter()),
                run(a, c, new DitCase.NoisySource(), LayerMemory.named("sliding_window:4")));
    }

    /** Reads the state two blocks back, from the third block on: the caller's own class, with a reach that grows and shrinks. */
    private record Earlier(List<Integer> seen) implements LayerMemory {
        @Override
        public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
            seen.add(history.size());
            assertEquals(input.shape(), history.get(0).shape());
            return history.get(0);
        }

        @Override
        public int reach(int layer) {
            return layer == 3 ? 3 : 1;
        }
    }

    @Test
    void isOpenToTheCaller(Arena a) {
        DitConfig c = DitCase.config("none");
        List<Integer> seen = new ArrayList<>();
        float[] own = run(a, c, new DitCase.NoisySource(), (w, config) -> new Earlier(seen));
        assertEquals(List.of(1, 1, 3, 1), seen);
        float[] plain = run(a, c, new DitCase.NoisySource(), LayerMemory.named("none"));
        assertTrue(difference(plain, own) > 0.01);
    }

    @Test
    void refusesAReachBeyondTheFirstState(Arena a) {
        DitConfig c = DitCase.config("none");
        LayerMemory.Variant greedy = (w, config) -> new LayerMemory() {
            @Override
            public Tensor read(Arena t, int layer, Tensor input, List<Tensor> history) {
                return input;
            }

            @Override
            public int reach(int layer) {
                return 2;
            }
        };
        ConfigException e = assertThrows(ConfigException.class, () -> run(a, c, new DitCase.NoisySource(), greedy));
        assertEquals("layer memory: reach of layer 1 must be within 1..1, got 2", e.getMessage());
    }
}
