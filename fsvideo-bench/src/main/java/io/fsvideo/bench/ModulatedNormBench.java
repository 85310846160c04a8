package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code modulatedNorm}: tokens, dim. */
public class ModulatedNormBench extends OpBench {
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
        Input shift = in.parameter(1, n[1]);
        Input scale = in.parameter(1, n[1]);
        Tensor out = in.arena().modulatedNorm(x.tensor(), shift.tensor(), scale.tensor(), EPS);
        Cost cost = Cost.meanAndVariance(out, x.tensor(), shift.tensor(), scale.tensor());
        return new Call(
                        out,
                        ops -> ops.modulatedNorm(out, x.tensor(), shift.tensor(), scale.tensor(), EPS),
                        cost,
                        i -> {
                            long c = i % n[1];
                            return Expected.element(
                                    Rows.standardized(x, i, n[1], EPS) * (1 + scale.at(c)) + shift.at(c));
                        })
                .as(new Work.ModulatedNorm(x.tensor(), shift.tensor(), scale.tensor(), EPS));
    }
}
