package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/** One step of a model over {@code [batch, frames, height, width, channels]} that may remember frames from chunk to chunk. */
@FunctionalInterface
public interface Layer {
    /**
     * @param x {@code [batch, frames, height, width, channels]}; zero frames are legal in a stream
     * @param chunk where {@code x} lies in its clip
     * @return a new tensor owned by {@code a}
     */
    Tensor forward(Arena a, Tensor x, Chunk chunk);
}
