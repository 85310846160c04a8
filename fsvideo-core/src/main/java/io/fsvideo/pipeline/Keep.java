package io.fsvideo.pipeline;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Is handed what a generation has made on its way, while it exists, on the thread that computes.
 *
 * @since 0.1
 */
public interface Keep {
    /** Keeps nothing. */
    Keep NOTHING = new Keep() {
        @Override
        public void texts(List<Tensor> texts) {}

        @Override
        public void latents(Tensor latents) {}
    };

    /** Is handed the encoded prompt, and with guidance the negative one, each {@code [rows, textWidth]}. */
    void texts(List<Tensor> texts);

    /** Is handed what will be decoded, {@code [1, frames, height, width, channels]}. */
    void latents(Tensor latents);
}
