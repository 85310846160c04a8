package io.fsvideo.nn;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/**
 * Convolution over time and space. Space is padded with zeros, time as its {@link TimeMode} says; in a stream it keeps the few frames
 * the next chunk needs, so that chunks give the same numbers as the whole clip.
 *
 * @param weight {@code [out, in / groups, kernelFrames, side, side]} packed
 * @param bias {@code [out]} or null
 */
public record Conv3d(Tensor weight, Tensor bias, Kernel kernel, TimeMode time) implements Layer {
    /** Reads {@code weight} and, when {@code kernel} has one, {@code bias}. */
    public static Conv3d of(Weights w, Kernel kernel, TimeMode time) {
        long[] shape = time.kernelShape(kernel.out(), kernel.in() / kernel.groups(), kernel.side());
        Tensor weight = w.conv3d("weight", kernel.groups(), shape);
        return new Conv3d(weight, kernel.bias() ? w.tensor("bias", kernel.out()) : null, kernel, time);
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        return forward(a, x, chunk, Activation.NONE);
    }

    /** Does what {@link #forward(Arena, Tensor, Chunk)} does, then applies {@code activation}. */
    public Tensor forward(Arena a, Tensor x, Chunk chunk, Activation activation) {
        if (chunk.isStream() && !time.streams()) {
            throw new IllegalStateException("conv3d: time mode of a stream must not be " + time + ", got " + weight);
        }
        try (Arena t = a.child("conv3d")) {
            Tensor earlier = earlier(t, x, chunk);
            Tensor frames = earlier == null ? x : t.concat(1, List.of(earlier, x));
            int remembered = earlier == null ? 0 : (int) earlier.dim(1);
            FrameTaps taps = time.taps((int) frames.dim(1), remembered, chunk.isLast());
            Tensor y = t.conv3d(frames, weight, bias, geometry(taps), activation);
            if (!chunk.isShared() && time.remembers(x.dim(1))) {
                remember(t, frames, chunk);
            }
            return t.keep(y);
        }
    }

    /** What stands before {@code x} in the clip, or null. */
    private Tensor earlier(Arena t, Tensor x, Chunk chunk) {
        if (!chunk.isShared()) {
            return chunk.recall(this);
        }
        return time.memory() == 0 ? null : chunk.frameBefore(t, this, x);
    }

    private Conv3dGeometry geometry(FrameTaps taps) {
        int pad = kernel.side() / 2;
        return new Conv3dGeometry(taps, kernel.stride(), pad, pad, pad, pad, kernel.groups());
    }

    private void remember(Arena t, Tensor frames, Chunk chunk) {
        int kept = time.memory();
        long count = frames.dim(1);
        if (!chunk.isStream() || kept == 0 || count == 0) {
            return;
        }
        if (count >= kept || !time.repeatsFirst()) {
            chunk.remember(this, frames, Math.max(0, count - kept));
        } else {
            // A clip's first frame alone: the frame repeated in front of it is part of the padded input.
            chunk.remember(this, t.concat(1, List.of(frames, frames)), 0);
        }
    }
}
