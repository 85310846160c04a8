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
}
