package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code linearAttention}: pixels, heads, channels per head. */
public class LinearAttentionBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({"tiny:5x2x8", "small:256x4x32", "fsae_stage3:960x64x32", "fsae_stage2:3840x32x32"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input q = in.normal(1, n[0], n[1], n[2]);
        Input k = in.normal(1, n[0], n[1], n[2]);
        Input v = in.normal(1, n[0], n[1], n[2]);
        Tensor out = in.arena().linearAttention(q.tensor(), k.tensor(), v.tensor(), EPS);
        Cost cost = Cost.linearAttention(out, q.tensor(), k.tensor(), v.tensor());
        return new Call(
                out,
                ops -> ops.linearAttention(out, q.tensor(), k.tensor(), v.tensor(), EPS),
                cost,
                i -> Products.linearAttention(q, k, v, EPS, n, i, in.dtype()));
    }
}
