package io.fsvideo.model;

import io.fsvideo.nn.Clip;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/**
 * Encodes one clip in chunks; latents equal those of the whole clip. Closed by its user, also after an error in a chunk.
 *
 * @since 0.1
 */
public final class EncoderStream implements AutoCloseable {
    private final Autoencoder autoencoder;
    private final Clip clip;
    private boolean started;

    EncoderStream(Autoencoder autoencoder, Arena a) {
        this.autoencoder = autoencoder;
        this.clip = new Clip(a, DecoderNoise.NONE);
    }

    /**
     * Encodes the clip's next frames.
     *
     * @param frames {@code [batch, frames, height, width, 3]}: {@code 1 + frameFactor m} frames first, multiples of {@code frameFactor}
     *     then
     * @return the latents of these frames, with the features from the first chunk only
     */
    public Encoded encode(Arena a, Tensor frames) {
        autoencoder.requireVideo(frames);
        int factor = autoencoder.config().frameFactor();
        int lead = started ? 0 : 1;
        if (frames.dim(1) < 1 || (frames.dim(1) - lead) % factor != 0) {
            throw new ShapeException("encode: frames of " + (started ? "a later chunk" : "the first chunk")
                    + " must be " + (started ? "" : "1 + ") + "a multiple of " + factor + ", got " + frames);
        }
        started = true;
        return autoencoder.encode(a, frames, clip.chunk());
    }

    /** Frees what is remembered. */
    @Override
    public void close() {
        clip.close();
    }
}
