package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/**
 * Halves height and width, and {@code frames}-fold the frame rate: {@code 1 + frames m} frames become {@code 1 + m}. A causal
 * convolution, then time and space into channels; plus an averaging shortcut. FSVideo section 2.2.
 *
 * @param frames frames joined into one; a clip's first frame is repeated to fill its own
 */
public record Down(Conv3d conv, Averaging shortcut, int frames) implements Layer {
    /** Reads {@code main.conv.conv}. */
    public static Down of(Weights w, long in, long out, int frames) {
        Kernel kernel = Kernel.of(in, out / (4L * frames), 3);
        Conv3d conv = Conv3d.of(w.at("main", "conv", "conv"), kernel, TimeMode.causal());
        return new Down(conv, new Averaging(out, frames, 2), frames);
    }

    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("down");
                Flow main = new Flow(t, x)) {
            Tensor averaged = shortcut.forward(t, x, chunk);
            main.then("conv", (s, v) -> conv.forward(s, v, chunk));
            if (frames > 1 && chunk.isFirst(this, x)) {
                main.then("repeat", (s, v) -> Averaging.repeatFirst(s, v, frames));
            }
            main.then("unshuffle", (s, v) -> s.pixelUnshuffle3d(v, frames, 2));
            return t.keep(t.add(main.value(), averaged));
        }
    }
}
