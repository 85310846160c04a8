package io.fsvideo.cli;

import io.fsvideo.tensor.FsVideoException;

/** A manifest, or the folder of its state, cannot be used. */
final class ManifestException extends FsVideoException {
    private static final long serialVersionUID = 1L;

    ManifestException(String message) {
        super(message);
    }
}
