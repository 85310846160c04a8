package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code pixel_shuffle_3d.cu}. */
final class PixelShuffle3d {
    private final TypedLaunch kernel;
    private final PixelBlocks blocks;

    PixelShuffle3d(Device device) {
        kernel = device.kernels().typed("pixel_shuffle_3d");
        blocks = new PixelBlocks("pixelShuffle3d", device);
    }

    void run(Tensor out, Tensor x) {
        blocks.run(kernel, out, x, x, out);
    }
}
