package io.fsvideo.bench;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code activation}, GELU by tanh as the DiT uses it: tokens, width of the feed-forward layer. */
public class ActivationBench extends OpBench {
    @Param({"tiny:5x16", "small:257x1536", "wan1.3b:1860x8960", "fsvideo14b:1860x13824", "fsvideo14b:7440x13824"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Tensor out = in.arena().activation(x.tensor(), Activation.GELU_TANH);
        return new Call(
                        out,
                        ops -> ops.activation(out, x.tensor(), Activation.GELU_TANH),
                        Cost.elements(8, out, x.tensor()),
                        i -> {
                            double v = x.at(i);
                            return Expected.element(
                                    0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));
                        })
                .as(new Work.Gelu(x.tensor()));
    }
}
