package io.fsvideo.bench;

import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code resize} to twice the size by nearest neighbour: frames, height, width, channels. */
public class ResizeBench extends OpBench {
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
        Tensor out = in.arena().resize(x.tensor(), 2 * n[1], 2 * n[2], Resampling.NEAREST);
        return new Call(out, ops -> ops.resize(out, x.tensor(), Resampling.NEAREST), Cost.move(out, x.tensor()), i -> {
            long w = i / n[3] % (2 * n[2]) / 2;
            long h = i / (n[3] * 2 * n[2]) % (2 * n[1]) / 2;
            long t = i / (n[3] * 4 * n[2] * n[1]);
            return Expected.exact(x.at(((t * n[1] + h) * n[2] + w) * n[3] + i % n[3]));
        });
    }
}
