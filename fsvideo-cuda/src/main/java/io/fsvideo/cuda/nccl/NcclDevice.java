package io.fsvideo.cuda.nccl;

/** What a communicator needs of the device it works on. */
public interface NcclDevice extends AutoCloseable {
    /** Held while work is queued. */
    Object lock();

    /** Makes the device's context current on this thread. */
    void makeCurrent();

    /** Handle of the stream that operations are queued on. */
    long mainStream();

    /** Handle of a second stream, for sums that run beside operations. */
    long sideStream();

    /** Lets later work of the side stream start only after all work of the main stream queued so far. */
    void sideAfterMain();

    /** Lets later work of the main stream start only after all work of the side stream queued so far. */
    void mainAfterSide();

    /** Marks the end of what is queued on {@code stream}, one of the two, so far. */
    Mark mark(long stream);

    /** A point in a stream's queue. */
    interface Mark extends AutoCloseable {
        /** Whether the device has come to it; on any thread. */
        boolean passed();

        /** Gives it back. */
        @Override
        void close();
    }

    /** Waits until all queued work is done. */
    void synchronize();

    @Override
    void close();
}
