package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/** {@code pixelUnshuffle3d} by 2 in time, height and width: frames, height, width after, channels before. */
public class PixelUnshuffle3dBench extends OpBench {
    @Param({"tiny:2x4x4x8", "small:2x8x8x64", "fsae_stage1:5x64x64x64", "fsae_stage2:3x32x32x128"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Call call(Inputs in, long[] n) {
        Input x = in.normal(1, 2 * n[0], 2 * n[1], 2 * n[2], n[3]);
        Tensor out = in.arena().pixelUnshuffle3d(x.tensor(), 2, 2);
        return new Call(out, ops -> ops.pixelUnshuffle3d(out, x.tensor()), Cost.move(out, x.tensor()), i -> {
            long block = i % (8 * n[3]);
            long pixel = i / (8 * n[3]);
            long w = pixel % n[2] * 2 + block % 2;
            long h = pixel / n[2] % n[1] * 2 + block / 2 % 2;
            long t = pixel / (n[2] * n[1]) * 2 + block / 4 % 2;
            return Expected.exact(x.at(((t * 2 * n[1] + h) * 2 * n[2] + w) * n[3] + block / 8));
        });
    }
}
