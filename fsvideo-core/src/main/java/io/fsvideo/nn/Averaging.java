package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/**
 * Shortcut of a downsampling step: time and space into channels, then the mean of consecutive channels.
 *
 * @param out channels of the result
 * @param frames frames joined into one; a clip's first frame is repeated to fill its own
 * @param side rows and columns joined into one
 */
public record Averaging(long out, int frames, int side) implements Layer {
    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Flow flow = new Flow(a, x)) {
            if (frames > 1 && chunk.isFirst(this, x)) {
                flow.then("repeat", (s, v) -> repeatFirst(s, v, frames));
            }
            if (frames > 1 || side > 1) {
                flow.then("unshuffle", (s, v) -> s.pixelUnshuffle3d(v, frames, side));
            }
            return flow.then("average", (s, v) -> s.channelAverage(v, out)).finish();
        }
    }

    /** {@code x} with its first frame standing {@code times} times. */
    static Tensor repeatFirst(Arena a, Tensor x, int times) {
        try (Arena t = a.child("repeatFirst")) {
            Tensor first = t.slice(x, 1, 0, 1);
            List<Tensor> parts = new java.util.ArrayList<>(Collections.nCopies(times - 1, first));
            parts.add(x);
            return t.keep(t.concat(1, parts));
        }
    }
}
