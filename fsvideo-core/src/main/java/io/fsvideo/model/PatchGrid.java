package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/**
 * The tokens of one latent: frames, then height, then width, one token per patch.
 *
 * @param frames tokens along frames; height and width likewise
 */
record PatchGrid(DitConfig config, int frames, int height, int width) {
    /** The grid of {@code x} {@code [batch, frames, height, width, inDim]}. */
    static PatchGrid of(DitConfig c, Tensor x) {
        if (x.rank() != 5
                || x.dim(4) != c.inDim()
                || x.numel() == 0
                || x.dim(1) % c.patchFrames() != 0
                || x.dim(2) % c.patchHeight() != 0
                || x.dim(3) % c.patchWidth() != 0) {
            throw new ShapeException(
                    "dit: x must be [batch, frames, height, width, " + c.inDim() + "] in multiples of the patch "
                            + c.patchFrames() + " x " + c.patchHeight() + " x " + c.patchWidth() + ", got " + x);
        }
        return new PatchGrid(
                c,
                Math.toIntExact(x.dim(1) / c.patchFrames()),
                Math.toIntExact(x.dim(2) / c.patchHeight()),
                Math.toIntExact(x.dim(3) / c.patchWidth()));
    }

    int tokens() {
        return frames * height * width;
    }

    /** The values of each patch, channel slowest: {@code [batch, tokens, inDim patchVolume]}. */
    Tensor patches(Arena t, Tensor x) {
        Tensor split = x.reshape(
                x.dim(0) * frames,
                config.patchFrames(),
                height,
                config.patchHeight(),
                width,
                config.patchWidth(),
                config.inDim());
        Tensor rows = config.patchVolume() == 1 ? split : t.permute(split, 0, 2, 4, 6, 1, 3, 5);
        return rows.reshape(x.dim(0), tokens(), (long) config.inDim() * config.patchVolume());
    }

    /** Rows {@code [batch, tokens, patchVolume outDim]}, channel fastest, as {@code [batch, frames, height, width, outDim]}. */
    Tensor positions(Arena t, Tensor rows) {
        Tensor split = rows.reshape(
                rows.dim(0) * frames,
                height,
                width,
                config.patchFrames(),
                config.patchHeight(),
                (long) config.patchWidth() * config.outDim());
        Tensor positions = config.patchVolume() == 1 ? split : t.permute(split, 0, 3, 1, 4, 2, 5);
        return positions.reshape(
                rows.dim(0),
                (long) frames * config.patchFrames(),
                (long) height * config.patchHeight(),
                (long) width * config.patchWidth(),
                config.outDim());
    }
}
