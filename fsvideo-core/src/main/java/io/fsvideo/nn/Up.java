package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * Doubles height and width, and {@code frames}-fold the frame rate: {@code 1 + m} frames become {@code 1 + frames m}. A convolution,
 * then channels into time and space; plus a duplicating shortcut. FSVideo section 2.2.
 *
 * @param frames frames made of one; of a clip's first frame only the last stays
 */
public record Up(Conv3d conv, Duplicating shortcut, int frames) implements Layer {
    /** Reads {@code main.conv.conv}. @param time at the input's frame rate */
    public static Up of(Weights w, long in, long out, int frames, TimeMode time) {
        Conv3d conv = Conv3d.of(w.at("main", "conv", "conv"), Kernel.of(in, out * 4 * frames, 3), time);
        return new Up(conv, new Duplicating(out, frames, 2), frames);
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("up");
                Flow main = new Flow(t, x)) {
            main.then("conv", (s, v) -> conv.forward(s, v, chunk));
            Tensor due = chunk.delayed(t, this, x, main.value().dim(1));
            boolean first = frames > 1 && chunk.isFirst(this, main.value());
            main.then("shuffle", (s, v) -> s.pixelShuffle3d(v, frames, 2));
            main.then("sum", (s, v) -> sum(s, v, due));
            if (first) {
                main.then("drop", (s, v) -> s.slice(v, 1, frames - 1, v.dim(1)));
            }
            return t.keep(main.finish());
        }
    }

    private Tensor sum(Arena a, Tensor main, Tensor x) {
        try (Arena t = a.child("sum")) {
            return t.keep(t.add(main, shortcut.expand(t, x)));
        }
    }
}
