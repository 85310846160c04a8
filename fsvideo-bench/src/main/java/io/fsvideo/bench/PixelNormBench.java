package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code pixelNorm} with weight and bias: frames, height, width, channels. */
public class PixelNormBench extends OpBench {
    private static final float EPS = 1e-6f;

    @Param({
        "tiny:2x4x4x8",
        "small:3x16x16x64",
        "fsae_stage0:9x128x128x64",
        "fsae_stage2:5x32x32x512",
        "fsae_stage4:3x8x8x1024"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2], n[3]);
        Input weight = in.parameter(n[3]);
        Input bias = in.parameter(n[3]);
        Tensor out = in.arena().pixelNorm(x.tensor(), weight.tensor(), bias.tensor(), EPS);
        Cost cost = Cost.rootMeanSquare(out, x.tensor(), weight.tensor(), bias.tensor());
        return new Call(out, ops -> ops.pixelNorm(out, x.tensor(), weight.tensor(), bias.tensor(), EPS), cost, i -> {
                    long c = i % n[3];
                    return Expected.element(
                            x.at(i) / Rows.rootMeanSquare(x, i - c, n[3], EPS) * weight.at(c) + bias.at(c));
                })
                .as(new Work.RmsNorm(x.tensor(), weight.tensor(), bias.tensor(), EPS));
    }
}
