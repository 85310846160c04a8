package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code attention}: tokens, heads, channels per head; as many keys as queries. */
public class AttentionBench extends OpBench {
    @Param({"tiny:5x2x8", "small:257x6x64", "wan1.3b:1860x12x128", "fsvideo14b:1860x40x128", "fsvideo14b:7440x40x128"})
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
        float scale = (float) (1 / Math.sqrt(n[2]));
        Tensor out = in.arena().attention(q.tensor(), k.tensor(), v.tensor(), null, null, scale);
        Cost cost = Cost.attention(out, q.tensor(), k.tensor(), v.tensor());
        return new Call(
                        out,
                        ops -> ops.attention(out, q.tensor(), k.tensor(), v.tensor(), null, null, scale),
                        cost,
                        i -> Products.attention(q, k, v, scale, n, i, in.dtype()))
                .as(new Work.Attention(q.tensor(), k.tensor(), v.tensor(), scale));
    }
}
