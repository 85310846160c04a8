package io.fsvideo.kernels;

/** A kernel failed on the emulator, or a call of it was refused; the message names kernel, block, thread and reason. */
public final class EmulatorException extends RuntimeException {
    /** @param message kernel or call, then what was wrong */
    public EmulatorException(String message) {
        super(message);
    }
}
