package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.Arrays;

/**
 * Batch norm with its running statistics, as one scale and shift per channel.
 *
 * @param scale {@code [channels]}
 * @param shift {@code [channels]}
 */
public record BatchNorm(Tensor scale, Tensor shift) implements Norm {
    /** Reads {@code weight}, {@code bias}, {@code running_mean} and {@code running_var}. */
    public static BatchNorm of(Weights w, long channels, float eps) {
        float[] scale = w.tensor("weight", channels).toFloats();
        float[] shift = w.tensor("bias", channels).toFloats();
        float[] mean = w.tensor("running_mean", channels).toFloats();
        float[] var = w.tensor("running_var", channels).toFloats();
        w.ignore("num_batches_tracked");
        for (int c = 0; c < channels; c++) {
            double factor = scale[c] / Math.sqrt((double) var[c] + eps);
            scale[c] = (float) factor;
            shift[c] = (float) (shift[c] - mean[c] * factor);
        }
        Arena arena = w.arena();
        return new BatchNorm(
                arena.of("scale", w.dtype(), scale, channels), arena.of("shift", w.dtype(), shift, channels));
    }

    @Override
    public Tensor forward(Arena a, Tensor x) {
        long[] dims = new long[x.rank()];
        Arrays.fill(dims, 1);
        dims[dims.length - 1] = x.dim(-1);
        try (Arena t = a.child("batchNorm")) {
            return t.keep(t.add(t.mul(x, scale.reshape(dims)), shift.reshape(dims)));
        }
    }
}
