package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code rope}: tokens, heads, channels per head. */
public class RopeBench extends OpBench {
    @Param({"tiny:5x2x8", "small:257x6x64", "wan1.3b:1860x12x128", "fsvideo14b:1860x40x128", "fsvideo14b:7440x40x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2]);
        Input table = in.parameter(1, n[0], n[2] / 2, 2);
        Tensor out = in.arena().rope(x.tensor(), table.tensor());
        return new Call(
                out,
                ops -> ops.rope(out, x.tensor(), table.tensor()),
                Cost.elements(3, out, x.tensor(), table.tensor()),
                i -> Rows.turned(x::at, table, i / (n[1] * n[2]) * n[2] + i % n[2] / 2 * 2, i));
    }
}
