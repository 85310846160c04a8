package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** {@code layerMix}: tokens, dim, states. */
public class LayerMixBench extends OpBench {
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
        Tensor out = in.arena().layerMix(logits.tensor(), tensors);
        Cost moved = Cost.move(out, tensors.toArray(new Tensor[0]));
        Cost cost = new Cost(moved.bytes() + logits.tensor().bytes(), 2.0 * out.numel() * n[2]);
        return new Call(out, ops -> ops.layerMix(out, logits.tensor(), tensors), cost, i -> {
            double[] weights = Rows.softmax(logits, i / n[1] * n[2], n[2]);
            return Products.weighted(weights, states, i);
        });
    }
}
