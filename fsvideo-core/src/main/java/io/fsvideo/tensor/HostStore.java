package io.fsvideo.tensor;

/** Host memory for tensors that are not on their device for a while. Page-locked, so that copies run beside the device's work. */
public interface HostStore {
    /** A block of host memory. @throws OutOfMemoryException when the host cannot lock so many bytes */
    Block allocate(long bytes);

    /** Queues a copy of {@code bytes} bytes of the device at {@code address}; complete after {@link Backend#synchronize}. */
    void save(Block target, long offset, long address, long bytes);

    /** Queues the copy back, before all later work on the device. */
    void restore(long address, Block source, long offset, long bytes);

    /** Device memory that is filled beside the device's work. @throws OutOfMemoryException when there is no room */
    Slot slot(long bytes);

    /** Bytes in live blocks. */
    long bytesInUse();

    /** Memory of the host's; closed by whoever asked for it. */
    interface Block extends AutoCloseable {
        long bytes();

        @Override
        void close();
    }

    /** Device memory whose contents change. One user at a time: {@link #fill}, {@link #await}, work, {@link #release}, again. */
    interface Slot extends AutoCloseable {
        /** Address on the device. */
        long address();

        /** Queues a copy of all of {@code source} that starts once the work before the last {@link #release} is done. */
        void fill(Block source);

        /** Lets later work wait for the last {@link #fill}. */
        void await();

        /** Says that the work queued so far is all that reads the contents. */
        void release();

        /** Frees the memory once nothing uses it any more. */
        @Override
        void close();
    }
}
