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

    /** Static weights are what a router gives that looks at its bias only. */
    private static final class BiasOnly extends DitCase.NoisySource {
        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            if (key.endsWith("router.weight")) {
                return a.fill(DType.F32, 0, shape.toArray());
            }
            return super.load(a, key.replace("static_router", "router"), shape);
        }
    }

    @Test
    void ofStaticWeightsIsARouterThatLooksAtNothing(Arena a) {
        DitConfig c = DitCase.config("none");
        float[] routed = run(a, c, new BiasOnly(), LayerMemory.dynamicRouter());
        DitCase.assertClose(routed, run(a, c, new BiasOnly(), LayerMemory.named("static")), ROUNDING);
        assertTrue(difference(routed, run(a, c, new DitCase.NoisySource(), LayerMemory.dynamicRouter())) > 0.01);
    }

    @Test
    void ofTheHeaviestStateIsTheOneThatIsDecided(Arena a) {
        DitConfig c = DitCase.config("none");
        for (int age = 0; age < 2; age++) {
            float[] routed = run(a, c, new Decided(age), LayerMemory.dynamicRouter());
            DitCase.assertClose(routed, run(a, c, new Decided(age), LayerMemory.topK(1)), ROUNDING);
        }
    }

    @Test
    void ofAllHeaviestStatesIsTheRouter(Arena a) {
        DitConfig c = DitCase.config("none");
        float[] routed = run(a, c, new DitCase.NoisySource(), LayerMemory.dynamicRouter());
        assertArrayEquals(routed, run(a, c, new DitCase.NoisySource(), LayerMemory.named("top_k:4")));
        assertTrue(difference(routed, run(a, c, new DitCase.NoisySource(), LayerMemory.topK(2))) > 0.01);
    }

    /** The sum over two states of three, by hand: their softmax without the third. */
    @Test
    void ofTwoStatesLeavesTheLightestOut(Arena a) {
        DitConfig c = new DitConfig(1, 1, 1, 12, 10, 2, 8, 16, 9, 6, 1, 3, 0, 1e-6f, "none");
        Tensor input = a.of("input", new float[] {1, 0, 0, 1}, 1, 2, 2);
        List<Tensor> history = List.of(
                a.of("x0", new float[] {1, 2, 3, 4}, 1, 2, 2),
                a.of("x1", new float[] {5, 6, 7, 8}, 1, 2, 2),
                a.of("x2", new float[] {9, 10, 11, 12}, 1, 2, 2));
        LayerMemory memory = Weights.load(a, new ThreeLogits(), DType.F32, w -> {
            return LayerMemory.topK(2).of(w, c);
        });
        // Token 0 has logits 1, 2, 3; token 1 has 3, 0, 3.
        double late = 1 / (1 + Math.exp(-1));
        float[] expected = {
            (float) (5 + 4 * late), (float) (6 + 4 * late), (3 + 11) / 2f, (4 + 12) / 2f,
        };
        DitCase.assertClose(expected, memory.read(a, 3, input, history).toFloats(), 1e-5);
    }

    /** Router of layer 3: token features pick the rows {1, 2, 3} and {3, 0, 3}; no bias. */
    private static final class ThreeLogits extends DitCase.NoisySource {
        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            boolean matrix = key.endsWith("weight") && shape.dim(0) == 3;
            return matrix
                    ? a.of(key, new float[] {1, 3, 2, 0, 3, 3}, shape.toArray())
                    : a.fill(DType.F32, 0, shape.toArray());
        }
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
