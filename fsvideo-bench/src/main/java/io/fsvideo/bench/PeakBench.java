package io.fsvideo.bench;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** The ceiling of arithmetic: {@code linear} without bias on squares, where it is at its best. */
public class PeakBench extends OpBench {
    @Param({"tiny:8x8x8", "small:256x256x256", "ceiling:2048x2048x2048", "ceiling_gpu:8192x8192x8192"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(n[0], n[1]);
        Input weight = in.normal(n[2], n[1]);
        Tensor packed = in.arena().pack(weight.tensor(), Layout.LINEAR, in.dtype());
        Tensor out = in.arena().linear(x.tensor(), packed, null, Activation.NONE);
        Cost cost = new Cost(Cost.bytesOf(out, x.tensor(), packed), 2.0 * out.numel() * n[1]);
        return new Call(
                out,
                ops -> ops.linear(out, x.tensor(), packed, null, Activation.NONE),
                cost,
                i -> Products.dot(x, i / n[2] * n[1], weight, i % n[2] * n[1], n[1], 0));
    }
}
