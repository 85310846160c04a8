package io.fsvideo.tensor;

/**
 * Settings of a backend.
 *
 * @param threads worker threads of a CPU backend, at least 1; results do not depend on it
 * @param memoryLimit most bytes in use at any time; {@link Long#MAX_VALUE} for no limit
 * @param products who multiplies matrices on a CUDA backend
 * @param convolutions who convolves on a CUDA backend
 * @param channel this backend's place in a group of ranks; {@link Backend#comm} is built on it
 * @param launches how a CUDA backend queues repeated work
 * @param ranges who is told the names of operations on a CUDA backend
 */
public record BackendOptions(
        int threads,
        long memoryLimit,
        ProductLibrary products,
        ConvolutionLibrary convolutions,
        RankChannel channel,
        LaunchMode launches,
        OpRanges ranges) {
    public BackendOptions {
        if (threads < 1 || memoryLimit < 1) {
            throw new BackendException(
                    "backend: threads and memoryLimit must be >= 1, got " + threads + " and " + memoryLimit);
        }
    }

    /** All processors, no limit, the project's kernels, one rank. */
    public static BackendOptions defaults() {
        return new BackendOptions(
                Runtime.getRuntime().availableProcessors(),
                Long.MAX_VALUE,
                ProductLibrary.KERNELS,
                ConvolutionLibrary.KERNELS,
                RankChannel.alone(),
                LaunchMode.GRAPH,
                OpRanges.NONE);
    }

    public BackendOptions withThreads(int count) {
        return new BackendOptions(count, memoryLimit, products, convolutions, channel, launches, ranges);
    }

    public BackendOptions withMemoryLimit(long bytes) {
        return new BackendOptions(threads, bytes, products, convolutions, channel, launches, ranges);
    }

    public BackendOptions withProducts(ProductLibrary library) {
        return new BackendOptions(threads, memoryLimit, library, convolutions, channel, launches, ranges);
    }

    public BackendOptions withConvolutions(ConvolutionLibrary library) {
        return new BackendOptions(threads, memoryLimit, products, library, channel, launches, ranges);
    }

    public BackendOptions withChannel(RankChannel ranks) {
        return new BackendOptions(threads, memoryLimit, products, convolutions, ranks, launches, ranges);
    }

    public BackendOptions withLaunches(LaunchMode mode) {
        return new BackendOptions(threads, memoryLimit, products, convolutions, channel, mode, ranges);
    }

    public BackendOptions withRanges(OpRanges told) {
        return new BackendOptions(threads, memoryLimit, products, convolutions, channel, launches, told);
    }
}
