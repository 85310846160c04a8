package io.fsvideo.bench;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code linear}: tokens, inputs, outputs; with a bias and no activation. */
public class LinearBench extends OpBench {
    @Param({
        "tiny:5x16x24",
        "small:257x384x384",
        "wan1.3b:1860x1536x1536",
        "wan1.3b:1860x1536x8960",
        "wan1.3b:1860x8960x1536",
        "fsvideo14b:1860x5120x5120",
        "fsvideo14b:1860x5120x13824",
        "fsvideo14b:7440x5120x5120",
        "fsvideo14b:7440x5120x13824",
        "fsvideo14b:7440x13824x5120"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(n[0], n[1]);
        Input weight = in.normal(n[2], n[1]);
        Input bias = in.parameter(n[2]);
        Tensor packed = in.arena().pack(weight.tensor(), Layout.LINEAR, in.dtype());
        Tensor out = in.arena().linear(x.tensor(), packed, bias.tensor(), Activation.NONE);
        Cost cost = Cost.linear(out, x.tensor(), packed, bias.tensor());
        return new Call(
                        out,
                        ops -> ops.linear(out, x.tensor(), packed, bias.tensor(), Activation.NONE),
                        cost,
                        i -> Products.dot(x, i / n[2] * n[1], weight, i % n[2] * n[1], n[1], bias.at(i % n[2])))
                .as(new Work.Linear(x.tensor(), weight.tensor(), bias.tensor()));
    }
}
