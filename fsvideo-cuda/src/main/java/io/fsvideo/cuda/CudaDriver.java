package io.fsvideo.cuda;

import io.fsvideo.tensor.BackendException;

/** The driver of a real device. */
final class CudaDriver {
    private CudaDriver() {}

    /** Device {@code ordinal} of this machine. @throws BackendException what was needed, found, looked for, and what to do */
    static Driver open(int ordinal) {
        throw new BackendException(
                "cuda:" + ordinal + ": must have a binding to the CUDA driver, got a build without one");
    }
}
