package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Deterministic random parameters in F32 for any model, made on the backend: norm weights 1, biases 0, matrices and kernels scaled to
 * keep activations at unit size. The same as {@link RandomWeights#write} stores in F32.
 *
 * @param seed every parameter is a function of this and its key
 */
public record RandomSource(long seed) implements TensorSource {
    @Override
    public String description() {
        return "random weights of seed " + seed;
    }

    @Override
    public Map<String, Shape> shapes() {
        return null;
    }

    @Override
    public Tensor load(Arena arena, String key, Shape shape) {
        RandomRule rule = RandomRule.of(key, shape);
        if (rule.isConstant()) {
            return arena.fill(DType.F32, rule.constant(), shape.toArray()).named(key);
        }
        try (Arena t = arena.child(key)) {
            Tensor noise = t.noise(DType.F32, RandomRule.seed(seed, key), 0, shape.toArray());
            return t.keep(t.weightedSum(new float[] {rule.deviation()}, List.of(noise)))
                    .named(key);
        }
    }
}
