package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code pixelShuffle3d} by 2 in time, height and width: frames, height, width before, channels after. */
public class PixelShuffle3dBench extends OpBench {
    @Param({"tiny:2x4x4x8", "small:2x8x8x64", "fsae_stage1:5x64x64x64", "fsae_stage2:3x32x32x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, n[0], n[1], n[2], 8 * n[3]);
        Tensor out = in.arena().pixelShuffle3d(x.tensor(), 2, 2);
        return new Call(out, ops -> ops.pixelShuffle3d(out, x.tensor()), Cost.move(out, x.tensor()), i -> {
            long c = i % n[3];
            long w = i / n[3] % (2 * n[2]);
            long h = i / (n[3] * 2 * n[2]) % (2 * n[1]);
            long t = i / (n[3] * 4 * n[2] * n[1]);
            long pixel = (t / 2 * n[1] + h / 2) * n[2] + w / 2;
            return Expected.exact(x.at(pixel * 8 * n[3] + ((c * 2 + t % 2) * 2 + h % 2) * 2 + w % 2));
        });
    }
}
