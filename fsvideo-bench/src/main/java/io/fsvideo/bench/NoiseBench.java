package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code noise} of a latent: frames, height, width, channels. Not memory bound: ten rounds of Philox a pair. */
public class NoiseBench extends OpBench {
    @Param({"tiny:2x4x4x8", "small:3x16x16x64", "wan1.3b:9x60x104x16", "fsvideo14b:31x24x40x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input noise = in.normal(1, n[0], n[1], n[2], n[3]);
        Tensor out = noise.tensor();
        return new Call(
                out,
                ops -> ops.noise(out, Inputs.SEED, noise.stream()),
                Cost.move(out),
                i -> Expected.element(noise.at(i)));
    }
}
