package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code pixel_unshuffle_3d.cu}. */
final class PixelUnshuffle3d {
    private final TypedLaunch kernel;
    private final PixelBlocks blocks;

    PixelUnshuffle3d(Device device) {
        kernel = device.kernels().typed("pixel_unshuffle_3d");
        blocks = new PixelBlocks("pixelUnshuffle3d", device);
    }

    void run(Tensor out, Tensor x) {
        blocks.run(kernel, out, x, out, x);
    }
}
