package io.fsvideo.tensor;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * A device with its memory and operations. Opened by name and closed by whoever opened it. Methods may be called from any thread; one
 * arena uses one thread at a time.
 */
public interface Backend extends AutoCloseable {
    /** The name it was opened by, e.g. {@code cpu}. */
    String name();

    /** One line for people: processor, instruction set, threads, library version. */
    String description();

    Ops ops();

    /** The dtype models compute in here unless their user says otherwise: F32 or BF16. */
    DType computeDType();

    /**
     * Memory for {@code bytes} bytes, at least 64-byte aligned, contents undefined.
     *
     * @throws OutOfMemoryException when the device or the configured limit has no room
     */
    long allocate(long bytes);

    /** Gives back what {@link #allocate} returned. */
    void free(long address, long bytes);

    /** Bytes a weight of this shape needs in {@code layout}. */
    long packedBytes(Layout layout, DType dtype, Shape shape);

    /** Whether a linear weight of this shape, packed as F8_E4M3, has a scale for each output here and is multiplied as it is. */
    default boolean multipliesFp8(Shape weight) {
        return false;
    }

    /** Copies all of {@code source} (little endian) into {@code target} from byte {@code offset} on. */
    void copyIn(Tensor target, long offset, ByteBuffer source);

    /** Fills {@code target} from {@code source}'s bytes from {@code offset} on, after waiting for the work that makes them. */
    void copyOut(ByteBuffer target, Tensor source, long offset);

    /** Waits until all work queued so far is done. */
    void synchronize();

    /** Bytes in live tensors and working buffers. */
    long bytesInUse();

    /** Largest {@link #bytesInUse} since the last {@link #resetPeak}. */
    long peakBytes();

    void resetPeak();

    /** This backend's rank among those that share a model, over {@link BackendOptions#channel}; of size 1 unless one was given. */
    Comm comm();

    /** Where tensors wait while they are not on the device; null where the backend's memory is the host's. */
    default HostStore hostStore() {
        return null;
    }

    /** A new recording of repeated work, which holds nothing yet; null where work is not recorded. */
    default Recording recording() {
        return null;
    }

    /** A backend that computes and holds nothing but counts the bytes the same calls would take here; its reads give zeros. */
    default Backend planning() {
        return new PlanBackend(this);
    }

    /** Frees everything. @throws IllegalStateException when tensors are still live */
    @Override
    void close();

    /** Opens a backend with {@link BackendOptions#defaults()}. */
    static Backend open(String name) {
        return open(name, BackendOptions.defaults());
    }

    /**
     * Opens the backend called {@code name}, found with {@link ServiceLoader}; there is no fallback to another one.
     *
     * @throws BackendException when no provider serves the name or its library cannot be loaded
     */
    static Backend open(String name, BackendOptions options) {
        return provider(name).open(name, options);
    }

    /**
     * Opens one backend for each rank of a group in this process, the name of each given, in the order of {@code channels}.
     *
     * @throws BackendException as {@link #open}, or when the names belong to different providers
     */
    static List<Backend> openRanks(List<String> names, BackendOptions options, List<RankChannel> channels) {
        BackendProvider provider = provider(names.get(0));
        for (String name : names) {
            if (!provider.serves(name)) {
                throw new BackendException("backend: ranks of one group must be of one kind, got " + names);
            }
        }
        return provider.openRanks(names, options, channels);
    }

    private static BackendProvider provider(String name) {
        List<String> known = new ArrayList<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, Backend.class.getClassLoader())) {
            if (provider.serves(name)) {
                return provider;
            }
            known.add(provider.names());
        }
        throw new BackendException("backend: name must be one of " + known + ", got " + name
                + "; add the Maven module that brings it to the class path (looked for META-INF/services/"
                + BackendProvider.class.getName() + ")");
    }
}
