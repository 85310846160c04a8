package io.fsvideo.bench;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code cast} between F32 and BF16, from the dtype under test: tokens, dim. */
public class CastBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "wan1.3b:1860x1536", "fsvideo14b:1860x5120", "fsvideo14b:7440x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        DType to = in.dtype() == DType.F32 ? DType.BF16 : DType.F32;
        Tensor out = in.arena().cast(x.tensor(), to);
        return new Call(
                out,
                ops -> ops.cast(out, x.tensor()),
                Cost.move(out, x.tensor()),
                i -> Expected.exact(Inputs.rounded(to, (float) x.at(i))));
    }
}
