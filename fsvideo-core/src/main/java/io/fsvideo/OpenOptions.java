package io.fsvideo;

import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;

/**
 * How to open a model.
 *
 * @param backend name of the backend, e.g. {@code cpu}
 * @param backendOptions its threads and memory limit
 * @param dtype what the models compute in, F32 or BF16; null for the backend's choice
 */
public record OpenOptions(String backend, BackendOptions backendOptions, DType dtype) {
    public OpenOptions {
        if (dtype != null && !dtype.isCompute()) {
            throw new RequestException("open: dtype must be F32 or BF16, got " + dtype);
        }
    }

    /** The CPU with all its processors. */
    public static OpenOptions defaults() {
        return new OpenOptions("cpu", BackendOptions.defaults(), null);
    }

    public OpenOptions withBackend(String name) {
        return new OpenOptions(name, backendOptions, dtype);
    }

    public OpenOptions withThreads(int threads) {
        return new OpenOptions(backend, backendOptions.withThreads(threads), dtype);
    }

    public OpenOptions withMemoryLimit(long bytes) {
        return new OpenOptions(backend, backendOptions.withMemoryLimit(bytes), dtype);
    }

    public OpenOptions withDType(DType computeDType) {
        return new OpenOptions(backend, backendOptions, computeDType);
    }
}
