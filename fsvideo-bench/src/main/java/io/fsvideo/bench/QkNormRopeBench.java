package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import java.util.function.LongToDoubleFunction;
import org.openjdk.jmh.annotations.Param;

/** {@code qkNormRope}: tokens, heads, channels per head. */
public class QkNormRopeBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({"tiny:5x2x8", "small:257x6x64", "wan1.3b:1860x12x128", "fsvideo14b:1860x40x128", "fsvideo14b:7440x40x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        long width = n[1] * n[2];
        Input x = in.normal(1, n[0], n[1], n[2]);
        Input weight = in.parameter(width);
        Input table = in.parameter(1, n[0], n[2] / 2, 2);
        Tensor out = in.arena().qkNormRope(x.tensor(), weight.tensor(), table.tensor(), EPS);
        LongToDoubleFunction normed =
                i -> x.at(i) / Rows.rootMeanSquare(x, i - i % width, width, EPS) * weight.at(i % width);
        return new Call(
                out,
                ops -> ops.qkNormRope(out, x.tensor(), weight.tensor(), table.tensor(), EPS),
                Cost.rootMeanSquare(out, x.tensor(), weight.tensor(), table.tensor()),
                i -> Rows.turned(normed, table, i / width * n[2] + i % n[2] / 2 * 2, i));
    }
}
