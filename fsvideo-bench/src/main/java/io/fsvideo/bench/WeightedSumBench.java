package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/** {@code weightedSum} of three latents, as a sampler of order 2 adds: frames, height, width, channels. */
public class WeightedSumBench extends OpBench {
    @Param({"tiny:2x4x4x8", "small:3x16x16x64", "wan1.3b:9x60x104x16", "fsvideo14b:31x24x40x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        float[] weights = {0.5f, -1.25f, 0.75f};
        List<Input> terms = in.list(weights.length, 1, n[0], n[1], n[2], n[3]);
        List<Tensor> tensors = Inputs.tensors(terms);
        Tensor out = in.arena().weightedSum(weights, tensors);
        Cost cost = Cost.elements(2.0 * weights.length, out, tensors.toArray(new Tensor[0]));
        return new Call(
                out,
                ops -> ops.weightedSum(out, weights, tensors),
                cost,
                i -> Products.weighted(new double[] {0.5, -1.25, 0.75}, terms, i));
    }
}
