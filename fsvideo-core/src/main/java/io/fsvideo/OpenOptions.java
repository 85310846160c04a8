package io.fsvideo;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.Offload;

/**
 * How to open a model.
 *
 * @param backend name of the backend, e.g. {@code cpu}
 * @param backendOptions its threads and memory limit
 * @param dtype what the models compute in, F32 or BF16; null for the backend's choice
 * @param offload which parameters stay on the backend between uses; the video is the same, its making slower
 */
public record OpenOptions(String backend, BackendOptions backendOptions, DType dtype, Offload offload) {
    public OpenOptions {
        if (dtype != null && !dtype.isCompute()) {
            throw new RequestException("open: dtype must be F32 or BF16, got " + dtype);
        }
    }

    /** The CPU with all its processors. */
    public static OpenOptions defaults() {
        return new OpenOptions("cpu", BackendOptions.defaults(), null, Offload.NONE);
    }

    public OpenOptions withBackend(String name) {
        return new OpenOptions(name, backendOptions, dtype, offload);
    }

    public OpenOptions withBackendOptions(BackendOptions options) {
        return new OpenOptions(backend, options, dtype, offload);
    }

    public OpenOptions withThreads(int threads) {
        return withBackendOptions(backendOptions.withThreads(threads));
    }

    public OpenOptions withMemoryLimit(long bytes) {
        return withBackendOptions(backendOptions.withMemoryLimit(bytes));
    }

    public OpenOptions withDType(DType computeDType) {
        return new OpenOptions(backend, backendOptions, computeDType, offload);
    }

    public OpenOptions withOffload(Offload parameters) {
        return new OpenOptions(backend, backendOptions, dtype, parameters);
    }

    /** What models compute in on {@code opened}. */
    DType dtypeOn(Backend opened) {
        return dtype == null ? opened.computeDType() : dtype;
    }
}
