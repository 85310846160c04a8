package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Map;

/**
 * Standard normal maps added inside a decoder's residual blocks, one per convolution, the same for all frames, channels and batch
 * entries (as in LTX-Video). Off by default.
 */
@FunctionalInterface
public interface DecoderNoise {
    /** No noise. */
    DecoderNoise NONE = (a, convolution, dtype, height, width) -> null;

    /**
     * @param convolution module name, e.g. {@code decoder.stages.0.op_list.1.main.conv1}
     * @return {@code [1, 1, height, width, 1]}, unscaled, or null for none
     */
    Tensor map(Arena a, String convolution, DType dtype, long height, long width);

    /** Reproducible noise: the backend's noise of {@code seed} with the stream {@code convolution.hashCode()}. */
    static DecoderNoise seeded(long seed) {
        return (a, convolution, dtype, height, width) ->
                a.noise(dtype, seed, convolution.hashCode(), 1, 1, height, width, 1);
    }

    /** Given maps by module name, each {@code [1, 1, height, width, 1]}, which must outlive every use. */
    static DecoderNoise of(Map<String, Tensor> maps) {
        Map<String, Tensor> copy = Map.copyOf(maps);
        return (a, convolution, dtype, height, width) -> {
            Tensor map = copy.get(convolution);
            if (map == null) {
                throw new ShapeException(
                        "decoderNoise: maps must have one for every convolution, got none for " + convolution);
            }
            return a.cast(map, dtype);
        };
    }
}
