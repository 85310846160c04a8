package io.fsvideo.tensor;

/**
 * Settings of a backend.
 *
 * @param threads worker threads of a CPU backend, at least 1; results do not depend on it
 * @param memoryLimit most bytes in use at any time; {@link Long#MAX_VALUE} for no limit
 * @param products who multiplies matrices on a CUDA backend
 * @param convolutions who convolves on a CUDA backend
 */
public record BackendOptions(int threads, long memoryLimit, ProductLibrary products, ConvolutionLibrary convolutions) {
    public BackendOptions {
        if (threads < 1 || memoryLimit < 1) {
            throw new BackendException(
                    "backend: threads and memoryLimit must be >= 1, got " + threads + " and " + memoryLimit);
        }
    }

    /** All processors, no limit, the project's kernels. */
    public static BackendOptions defaults() {
        return new BackendOptions(
                Runtime.getRuntime().availableProcessors(),
                Long.MAX_VALUE,
                ProductLibrary.KERNELS,
                ConvolutionLibrary.KERNELS);
    }

    public BackendOptions withThreads(int count) {
        return new BackendOptions(count, memoryLimit, products, convolutions);
    }

    public BackendOptions withMemoryLimit(long bytes) {
        return new BackendOptions(threads, bytes, products, convolutions);
    }

    public BackendOptions withProducts(ProductLibrary library) {
        return new BackendOptions(threads, memoryLimit, library, convolutions);
    }

    public BackendOptions withConvolutions(ConvolutionLibrary library) {
        return new BackendOptions(threads, memoryLimit, products, library);
    }
}
