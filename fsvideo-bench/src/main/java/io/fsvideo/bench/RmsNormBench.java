package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code rmsNorm}: tokens, dim. */
public class RmsNormBench extends OpBench {
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
        Tensor out = in.arena().rmsNorm(x.tensor(), weight.tensor(), EPS);
        Cost cost = Cost.rootMeanSquare(out, x.tensor(), weight.tensor());
        return new Call(out, ops -> ops.rmsNorm(out, x.tensor(), weight.tensor(), EPS), cost, i -> {
                    long c = i % n[1];
                    return Expected.element(x.at(i) / Rows.rootMeanSquare(x, i - c, n[1], EPS) * weight.at(c));
                })
                .as(new Work.RmsNorm(x.tensor(), weight.tensor(), null, EPS));
    }
}
