package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code add} of two tensors of one shape: tokens, dim. */
public class AddBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "wan1.3b:1860x1536", "fsvideo14b:1860x5120", "fsvideo14b:7440x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input a = in.normal(1, n[0], n[1]);
        Input b = in.normal(1, n[0], n[1]);
        Tensor out = in.arena().add(a.tensor(), b.tensor());
        Cost cost = Cost.elements(1, out, a.tensor(), b.tensor());
        return new Call(
                out,
                ops -> ops.add(out, a.tensor(), b.tensor()),
                cost,
                i -> Expected.sum(a.at(i) + b.at(i), Math.abs(a.at(i)) + Math.abs(b.at(i)), 1));
    }
}
