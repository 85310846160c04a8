package io.fsvideo.bench;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code linearGatedAdd}: tokens, inputs, outputs; with a bias and a gate, added to F32. */
public class LinearGatedAddBench extends OpBench {
    @Param({
        "tiny:5x16x24",
        "small:257x384x384",
        "wan1.3b:1860x1536x1536",
        "wan1.3b:1860x8960x1536",
        "fsvideo14b:1860x5120x5120",
        "fsvideo14b:7440x5120x5120",
        "fsvideo14b:7440x13824x5120"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1]);
        Input weight = in.normal(n[2], n[1]);
        Input bias = in.parameter(n[2]);
        Input residual = in.parameter(1, n[0], n[2]);
        Input gate = in.parameter(1, n[2]);
        Tensor packed = in.arena().pack(weight.tensor(), Layout.LINEAR, in.dtype());
        Tensor out = in.arena().linearGatedAdd(x.tensor(), packed, bias.tensor(), residual.tensor(), gate.tensor());
        Cost linear = Cost.linear(out, x.tensor(), packed, bias.tensor());
        double added = Cost.bytesOf(residual.tensor(), gate.tensor());
        Cost cost = new Cost(linear.bytes() + added, linear.flops() + 2.0 * out.numel());
        DType dtype = in.dtype();
        return new Call(
                out,
                ops -> ops.linearGatedAdd(out, x.tensor(), packed, bias.tensor(), residual.tensor(), gate.tensor()),
                cost,
                i -> {
                    long c = i % n[2];
                    Expected product = Products.dot(x, i / n[2] * n[1], weight, c * n[1], n[1], bias.at(c));
                    double term = gate.at(c) * product.value();
                    double error = Math.abs(gate.at(c)) * product.error();
                    Expected sum = Expected.sum(residual.at(i) + term, Math.abs(residual.at(i)) + Math.abs(term), 2);
                    return new Expected(sum.value(), sum.error() + error).withRoundedFactors(dtype, Math.abs(term));
                });
    }
}
