package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code slice} of the first half of the channels: frames, height, width, channels of the result. */
public class SliceBench extends OpBench {
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
        Input x = in.normal(1, n[0], n[1], n[2], 2 * n[3]);
        Tensor out = in.arena().slice(x.tensor(), 4, 0, n[3]);
        return new Call(
                out,
                ops -> ops.slice(out, x.tensor(), 4, 0),
                Cost.pick(out),
                i -> Expected.exact(x.at(i / n[3] * 2 * n[3] + i % n[3])));
    }
}
