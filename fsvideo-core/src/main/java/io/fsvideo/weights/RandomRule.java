package io.fsvideo.weights;

import io.fsvideo.tensor.PhiloxNormal;
import io.fsvideo.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.stream.IntStream;

/**
 * How one random parameter is filled: {@code constant}, or normal numbers of deviation {@code deviation} when that is not 0.
 *
 * <p>Element i is {@code deviation * PhiloxNormal.value(s, 0, i)} in F32, where s is the first eight bytes, big endian, of the SHA-256
 * of the seed (eight bytes, big endian) followed by the key in UTF-8.
 */
record RandomRule(float constant, float deviation) {
    /** The deviation that CLIP and BERT initialise their position tables with. */
    private static final float TABLE_DEVIATION = 0.02f;

    private static final int CHUNK = 1 << 14;

    /**
     * Norm weights ({@code *.weight} of one dimension, {@code *.gamma}) are 1 and biases 0, as are
     * batch norm's variances and means. Matrices and kernels
     * {@code [out, …]} have variance 1 / (elements per output), so that unit inputs give unit outputs. Modulations have variance 1 /
     * dim as in Wan2.1. Position tables, class tokens and the rest: deviation 0.02.
     */
    static RandomRule of(String key, Shape shape) {
        long rows = shape.rank() == 0 ? 1 : Math.max(1, shape.dim(0));
        long fanIn = Math.max(1, shape.numel() / rows);
        String last = key.substring(key.lastIndexOf('.') + 1);
        if (last.equals("gamma") || last.equals("running_var") || shape.rank() <= 1 && last.equals("weight")) {
            return new RandomRule(1, 0);
        }
        if (shape.rank() <= 1 && (last.equals("bias") || last.equals("running_mean"))) {
            return new RandomRule(0, 0);
        }
        if (last.equals("modulation")) {
            return new RandomRule(0, inverseRoot(Math.max(1, shape.dim(-1))));
        }
        return new RandomRule(0, last.equals("weight") ? inverseRoot(fanIn) : TABLE_DEVIATION);
    }

    private static float inverseRoot(long count) {
        return (float) (1 / Math.sqrt(count));
    }

    boolean isConstant() {
        return deviation == 0;
    }

    /** The Philox seed of one parameter. */
    static long seed(long seed, String key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, seed));
            return ByteBuffer.wrap(digest.digest(key.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(
                    "random weights: this Java runtime lacks SHA-256, which every one must have", e);
        }
    }

    /** Sets {@code out[0 .. count - 1]} to elements {@code index ..}; chunks run in parallel, each a pure function of its index. */
    void fill(float[] out, int count, long keySeed, long index) {
        IntStream.range(0, (count + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            int to = Math.min(count, from + CHUNK);
            if (!isConstant()) {
                PhiloxNormal.fill(out, from, to - from, keySeed, 0, index + from);
            }
            for (int i = from; i < to; i++) {
                out[i] = isConstant() ? constant : deviation * out[i];
            }
        });
    }
}
