package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code gluSilu}: frames, height, width, output channels. */
public class GluSiluBench extends OpBench {
    @Param({"tiny:2x4x4x8", "small:3x16x16x256", "fsae_stage4:3x8x8x4096", "fsae_stage3:3x16x16x2048"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2], 2 * n[3]);
        Tensor out = in.arena().gluSilu(x.tensor());
        return new Call(out, ops -> ops.gluSilu(out, x.tensor()), Cost.elements(5, out, x.tensor()), i -> {
            long a = i / n[3] * 2 * n[3] + i % n[3];
            double g = x.at(a + n[3]);
            return Expected.element(x.at(a) * g / (1 + Math.exp(-g)));
        });
    }
}
