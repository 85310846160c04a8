package io.fsvideo.kernels;

/** A launch breaks the contract of its kernel and was refused before anything ran; names entry, argument and value. */
public final class LaunchException extends RuntimeException {
    /** @param message {@code <entry>: <argument> must be <rule>, got <value>} */
    public LaunchException(String message) {
        super(message);
    }
}
