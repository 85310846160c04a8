package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * One clip on its way through one half of an autoencoder. Closed by its user, also after an error.
 *
 * @since 0.1
 */
public interface ClipStream extends AutoCloseable {
    /**
     * Takes the clip's next frames.
     *
     * @param frames what the whole clip's call takes, as many as the autoencoder wants at a time
     * @return the frames that are ready, owned by {@code a}; can be none
     */
    Tensor next(Arena a, Tensor frames);

    /** Bytes remembered between calls. */
    long bytesInUse();

    /** Frees what is remembered. */
    @Override
    void close();
}
