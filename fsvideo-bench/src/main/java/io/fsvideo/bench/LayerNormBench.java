package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code layerNorm} with weight and bias: tokens, dim. */
public class LayerNormBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({"tiny:5x16", "small:257x384", "wan1.3b:1860x1536", "fsvideo14b:1860x5120", "fsvideo14b:7440x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Input weight = in.parameter(n[1]);
        Input bias = in.parameter(n[1]);
        Tensor out = in.arena().layerNorm(x.tensor(), weight.tensor(), bias.tensor(), EPS);
        Cost cost = Cost.meanAndVariance(out, x.tensor(), weight.tensor(), bias.tensor());
        return new Call(out, ops -> ops.layerNorm(out, x.tensor(), weight.tensor(), bias.tensor(), EPS), cost, i -> {
                    long c = i % n[1];
                    return Expected.element(Rows.standardized(x, i, n[1], EPS) * weight.at(c) + bias.at(c));
                })
                .as(new Work.LayerNorm(x.tensor(), weight.tensor(), bias.tensor(), EPS));
    }
}
