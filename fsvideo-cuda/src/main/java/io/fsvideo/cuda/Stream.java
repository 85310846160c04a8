package io.fsvideo.cuda;

/** A queue of work on the device; what is called later runs later. Memory and copies are ordered with kernels. */
interface Stream extends AutoCloseable {
    /** Memory of at least 256-byte alignment from the device's stream-ordered pool; 0 when the device has no room. */
    long allocate(long bytes);

    /** Gives back what {@link #allocate} returned, after the work queued so far. */
    void free(long address);

    /** Returns the pool's unused memory to the driver, after waiting. */
    void trim();

    /** Host to device; {@code source} must stay as it is until the copy has run. */
    void copyIn(long target, Driver.PinnedMemory source, int offset, int bytes);

    /** Device to host; {@code target} holds the bytes once the copy has run. */
    void copyOut(Driver.PinnedMemory target, int offset, long source, int bytes);

    /** Device to device. */
    void copy(long target, long source, long bytes);

    /** Sets {@code bytes} bytes to zero. */
    void zero(long address, long bytes);

    /** Queues {@code function} with the values its {@link Driver.Function#values} hold now. */
    void launch(Driver.Function function, int gridX, int gridY, int gridZ, int blockX, int sharedBytes);

    /** Marks this point of the queue. */
    void record(Driver.Event event);

    /** Lets later work start only after {@code event}, recorded on another stream. */
    void await(Driver.Event event);

    /** Starts to record what is queued instead of running it; host waits are refused until {@link #endCapture}. */
    void beginCapture();

    /** Ends the recording begun by {@link #beginCapture}. */
    Driver.Graph endCapture();

    /** Queues a captured graph. */
    void launch(Driver.Graph graph);

    /** Waits until everything queued is done. @throws CudaException when some of it failed */
    void synchronize();

    @Override
    void close();
}
