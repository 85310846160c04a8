package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code gatedAdd}: tokens, dim. */
public class GatedAddBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "wan1.3b:1860x1536", "fsvideo14b:1860x5120", "fsvideo14b:7440x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Input gate = in.parameter(1, n[1]);
        Input y = in.normal(1, n[0], n[1]);
        Tensor out = in.arena().gatedAdd(x.tensor(), gate.tensor(), y.tensor());
        Cost cost = Cost.elements(2, out, x.tensor(), gate.tensor(), y.tensor());
        return new Call(out, ops -> ops.gatedAdd(out, x.tensor(), gate.tensor(), y.tensor()), cost, i -> {
            double term = gate.at(i % n[1]) * y.at(i);
            return Expected.sum(x.at(i) + term, Math.abs(x.at(i)) + Math.abs(term), 2);
        });
    }
}
