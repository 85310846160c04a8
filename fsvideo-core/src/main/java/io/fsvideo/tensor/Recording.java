package io.fsvideo.tensor;

import java.util.function.Supplier;

/**
 * Work of a backend that is the same again and again but for the contents of its inputs: rehearsed, then recorded, then replayed. One
 * thread at a time.
 */
public interface Recording extends AutoCloseable {
    /** Runs {@code work} as usual and notes the memory it takes. */
    Tensor rehearse(Supplier<Tensor> work);

    /**
     * Records the same work without running it. What it allocates keeps its place until {@link #close}.
     *
     * @return a tensor that holds the work's result after each {@link #replay}
     */
    Tensor record(Supplier<Tensor> work);

    /** Queues the recorded work, on what its inputs hold now. */
    void replay();

    /** Frees the recorded work's memory; its tensors must be freed before. */
    @Override
    void close();
}
