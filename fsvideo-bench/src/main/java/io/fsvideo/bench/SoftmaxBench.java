package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code softmax}: rows, columns. */
public class SoftmaxBench extends OpBench {
    @Param({"tiny:5x16", "small:257x384", "wan1.3b:22320x512", "fsvideo14b:74400x1860"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(n[0], n[1]);
        Tensor out = in.arena().softmax(x.tensor());
        return new Call(
                        out,
                        ops -> ops.softmax(out, x.tensor()),
                        Cost.elements(5, out, x.tensor()),
                        i -> Expected.element(Rows.softmax(x, i / n[1] * n[1], n[1])[(int) (i % n[1])]))
                .as(new Work.Softmax(x.tensor()));
    }
}
