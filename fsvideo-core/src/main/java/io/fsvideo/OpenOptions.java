package io.fsvideo;

import io.fsvideo.tensor.BackendOptions;

/**
 * How to open a model.
 *
 * @param backend name of the backend, e.g. {@code cpu}
 * @param backendOptions its threads and memory limit
 */
public record OpenOptions(String backend, BackendOptions backendOptions) {
    /** The CPU with all its processors. */
    public static OpenOptions defaults() {
        return new OpenOptions("cpu", BackendOptions.defaults());
    }

    public OpenOptions withBackend(String name) {
        return new OpenOptions(name, backendOptions);
    }

    public OpenOptions withThreads(int threads) {
        return new OpenOptions(backend, backendOptions.withThreads(threads));
    }

    public OpenOptions withMemoryLimit(long bytes) {
        return new OpenOptions(backend, backendOptions.withMemoryLimit(bytes));
    }
}
