package io.fsvideo.kernels;

/** A kernel is unknown or has no image; the message says which, where it was looked for and what to do. */
public final class KernelImageException extends RuntimeException {
    /** @param message kernel, what is missing, next step */
    public KernelImageException(String message) {
        super(message);
    }
}
