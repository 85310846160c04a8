package io.fsvideo.bench;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code pack} of a linear weight: outputs, inputs; checked by a product with the packed weight. */
public class PackBench extends OpBench {
    @Param({"tiny:24x16", "small:384x384", "wan1.3b:8960x1536", "fsvideo14b:13824x5120"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(3, n[1]);
        Input weight = in.normal(n[0], n[1]);
        Tensor packed = in.arena().pack(weight.tensor(), Layout.LINEAR, in.dtype());
        Tensor product = in.arena().linear(x.tensor(), packed, null, Activation.NONE);
        return new Call(
                product,
                ops -> ops.pack(packed, weight.tensor()),
                ops -> ops.linear(product, x.tensor(), packed, null, Activation.NONE),
                Cost.move(packed, weight.tensor()),
                i -> Products.dot(x, i / n[0] * n[1], weight, i % n[0] * n[1], n[1], 0));
    }
}
