package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code fill}: tokens, dim. */
public class FillBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "wan1.3b:1860x1536", "fsvideo14b:1860x5120", "fsvideo14b:7440x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        float value = 0.25f;
        Tensor out = in.arena().fill(in.dtype(), value, 1, n[0], n[1]);
        return new Call(out, ops -> ops.fill(out, value), Cost.move(out), i -> Expected.exact(value));
    }
}
