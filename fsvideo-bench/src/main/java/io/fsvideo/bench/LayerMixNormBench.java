package io.fsvideo.bench;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** {@code layerMixNorm}: tokens, dim, states. */
public class LayerMixNormBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({
        "tiny:5x16x3",
        "small:257x384x4",
        "wan1.3b:1860x1536x16",
        "fsvideo14b:1860x5120x16",
        "fsvideo14b:1860x5120x40"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input logits = in.normal(1, n[0], n[2]);
        List<Input> states = in.list((int) n[2], 1, n[0], n[1]);
        List<Tensor> tensors = Inputs.tensors(states);
        Input shift = in.parameter(1, n[1]);
        Input scale = in.parameter(1, n[1]);
        DType dtype = in.dtype();
        Tensor out = in.arena().layerMixNorm(logits.tensor(), tensors, shift.tensor(), scale.tensor(), EPS, dtype);
        Cost norm = Cost.meanAndVariance(out, logits.tensor(), shift.tensor(), scale.tensor());
        double read = Cost.move(out, tensors.toArray(new Tensor[0])).bytes() - out.bytes();
        Cost cost = new Cost(norm.bytes() + read, norm.flops() + 2.0 * out.numel() * n[2]);
        return new Call(
                out,
                ops -> ops.layerMixNorm(out, logits.tensor(), tensors, shift.tensor(), scale.tensor(), EPS),
                cost,
                i -> {
                    long c = i % n[1];
                    double[] row = mixture(Rows.softmax(logits, i / n[1] * n[2], n[2]), states, i - c, n[1]);
                    double standardized = Rows.standardized(j -> row[(int) j], c, n[1], EPS);
                    return Expected.element(standardized * (1 + scale.at(c)) + shift.at(c))
                            .plusRelative(Math.abs(standardized) + 1);
                });
    }

    private static double[] mixture(double[] weights, List<Input> states, long from, long count) {
        double[] row = new double[(int) count];
        for (int c = 0; c < row.length; c++) {
            row[c] = Products.weighted(weights, states, from + c).value();
        }
        return row;
    }
}
