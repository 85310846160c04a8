package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * {@code main(x) + shortcut(x)}; the shortcut waits for a main branch that runs late.
 *
 * @param main keeps the number of frames
 * @param shortcut as {@code main}
 */
public record Residual(Layer main, Layer shortcut) implements Layer {
    @Override
    public Tensor forward(Arena a, Tensor x, Chunk chunk) {
        try (Arena t = a.child("residual")) {
            Tensor y = main.forward(t, x, chunk);
            Tensor due = chunk.delayed(t, this, x, y.dim(1));
            return t.keep(t.add(y, shortcut.forward(t, due, chunk)));
        }
    }
}
