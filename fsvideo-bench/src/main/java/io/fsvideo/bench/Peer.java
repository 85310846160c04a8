package io.fsvideo.bench;

import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Another library to be measured beside this one, found with {@code ServiceLoader}. */
public interface Peer {
    /** Name and version. */
    String description();

    /**
     * Names of its ways to do the work of a bench, each starting with the library's name; none where it has no such operation or is
     * not made for this backend. The best of them is what a comparison counts.
     *
     * @param bench simple class name, such as {@code LinearBench}
     * @param backend name of the backend whose memory the inputs lie in
     */
    List<String> ways(String bench, String backend);

    /** Loads the library, so that its own size is not taken for a network's. */
    void load();

    /** Makes ready one of the {@link #ways} on inputs in the backend's memory. */
    Prepared prepare(String way, Work work);

    /** Work about to be timed. */
    interface Prepared extends AutoCloseable {
        /** Does the work once and waits for its end. */
        void run();

        /** Shape of the last run's result in this library's layout. */
        Shape shape();

        /** Copies the last run's result to {@code out}, in {@code out}'s layout and dtype. */
        void copyTo(Tensor out);

        @Override
        void close();
    }
}
