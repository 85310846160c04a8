package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;
import java.nio.ByteBuffer;

/**
 * What the backend needs of a CUDA driver, for one device in its primary context. Implementations make the context current as needed,
 * check every return code and throw {@link CudaException}. Objects made here are used with this driver only and closed before it.
 */
interface Driver extends AutoCloseable {
    /** What the device is and can do. */
    DeviceReport report();

    /** Bytes free and in total on the device, as the driver sees them now. */
    long freeBytes();

    /** A stream of its own, not synchronised with the default stream. */
    Stream openStream();

    /** An event that can measure time. */
    Event openEvent();

    /** Page-locked host memory, aligned to 128 bytes at least. */
    PinnedMemory pin(int bytes);

    /**
     * Loads an entry of a kernel; its module is loaded once and stays until the driver closes.
     *
     * @throws CudaException when the image has no code for this device
     */
    Function load(String kernel, KernelImage image, String entry);

    /** Writes the 128 bytes of {@code map} to {@code target} from {@code offset} (a multiple of 64) on, as {@code cuTensorMapEncodeTiled}. */
    void encode(TensorMap map, ByteBuffer target, int offset);

    /**
     * The maker's library of matrix products, working on {@code stream}.
     *
     * @throws io.fsvideo.tensor.BackendException when it is not installed
     */
    MatrixLibrary openMatrixLibrary(Stream stream);

    /**
     * The maker's library of convolutions, working on {@code stream}.
     *
     * @throws io.fsvideo.tensor.BackendException when it is not installed
     */
    DnnLibrary openDnnLibrary(Stream stream);

    /** Unloads modules, returns the memory pool to the driver and releases the context. */
    @Override
    void close();

    /** A point in a {@link Stream}'s queue. */
    interface Event extends AutoCloseable {
        /** Waits until the point has been passed; returns at once when never recorded. */
        void synchronize();

        /** Milliseconds from {@code start} to this point, both passed. */
        float millisecondsSince(Event start);

        @Override
        void close();
    }

    /** Work captured once and launched as a whole; addresses and argument values are those of the capture. */
    interface Graph extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A kernel entry loaded on a device, with one block of native memory for its parameters that every launch reuses: the driver copies the
     * values when a launch is queued.
     */
    interface Function {
        /** Name of the entry. */
        String entry();

        /** Where each parameter's value lies in {@link #values}. */
        ParameterLayout layout();

        /** The parameter block, direct, in native byte order, 128-byte aligned. */
        ByteBuffer values();
    }

    /** Page-locked host memory. */
    interface PinnedMemory extends AutoCloseable {
        /** All of it, direct and little endian; one object, whose position and limit are the caller's business. */
        ByteBuffer buffer();

        @Override
        void close();
    }
}
