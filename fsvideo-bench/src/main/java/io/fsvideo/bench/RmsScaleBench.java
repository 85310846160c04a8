package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code rmsScale} of one rank's columns of two: tokens, dim. */
public class RmsScaleBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({"tiny:5x8", "small:257x192", "wan1.3b:1860x768", "fsvideo14b:1860x2560", "fsvideo14b:7440x2560"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    /** Both ranks hold the same columns, so that a whole row's mean square is this part's. */
    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Input weight = in.parameter(n[1]);
        Tensor part = in.arena().sumOfSquares(x.tensor());
        Tensor squares = in.arena().add(part, part);
        long width = 2 * n[1];
        Tensor out = in.arena().rmsScale(x.tensor(), squares, weight.tensor(), width, EPS);
        Cost cost = Cost.elements(3, out, x.tensor(), squares, weight.tensor());
        return new Call(out, ops -> ops.rmsScale(out, x.tensor(), squares, weight.tensor(), width, EPS), cost, i -> {
            long c = i % n[1];
            return Expected.element(x.at(i) / Rows.rootMeanSquare(x, i - c, n[1], EPS) * weight.at(c));
        });
    }
}
