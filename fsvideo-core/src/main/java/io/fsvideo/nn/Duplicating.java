package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * Shortcut of an upsampling step: every channel repeated, then channels into time and space.
 *
 * @param out channels of the result
 * @param frames frames made of one; of a clip's first frame only the last stays
 * @param side rows and columns made of one
 */
public record Duplicating(long out, int frames, int side) implements Layer {
    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Flow flow = new Flow(a, x)) {
            flow.then("expand", this::expand);
            if (frames > 1 && chunk.isFirst(this, x)) {
                flow.then("drop", (s, v) -> s.slice(v, 1, frames - 1, v.dim(1)));
            }
            return flow.finish();
        }
    }

    /** The step without dropping anything. */
    Tensor expand(Arena a, Tensor x) {
        try (Flow flow = new Flow(a, x)) {
            flow.then("duplicate", (s, v) -> s.channelDuplicate(v, out * frames * side * side));
            if (frames > 1 || side > 1) {
                flow.then("shuffle", (s, v) -> s.pixelShuffle3d(v, frames, side));
            }
            return flow.finish();
        }
    }
}
