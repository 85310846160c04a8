package io.fsvideo.cuda;

import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.ConvolutionLibrary;
import io.fsvideo.tensor.OpRanges;
import io.fsvideo.tensor.ProductLibrary;

/**
 * An opened device and what every launcher may use of it. Its stream orders kernels, copies and memory; callers hold this object's lock
 * while they use it.
 */
final class Device implements AutoCloseable {
    private final Driver driver;
    private final Stream stream;
    private final DeviceMemory memory;
    private final Staging staging;
    private final Kernels kernels;
    private final RowKernels rows;
    private final ElementKernels elements;
    private final LayoutKernels layouts;
    private final CudaHostStore hostStore;
    private final MatrixLibrary matrixLibrary;
    private int users = 1;
    private final DnnLibrary dnnLibrary;
    private final Nvtx nvtx;

    Device(Driver driver, BackendOptions options, Launch.Listener listener) {
        Opening opening = new Opening();
        this.driver = opening.add(driver);
        try {
            stream = opening.add(driver.openStream());
            memory = new DeviceMemory(driver, stream, options.memoryLimit());
            staging = opening.add(new Staging(driver, stream));
            kernels = new Kernels(driver, stream, listener);
            rows = new RowKernels(kernels);
            elements = new ElementKernels(kernels);
            layouts = new LayoutKernels(kernels, staging, driver.report().processors());
            hostStore = new CudaHostStore(this);
            nvtx = options.ranges() == OpRanges.NVTX ? Nvtx.open() : null;
            matrixLibrary =
                    opening.add(options.products() == ProductLibrary.CUBLAS ? driver.openMatrixLibrary(stream) : null);
            dnnLibrary = options.convolutions() == ConvolutionLibrary.CUDNN ? driver.openDnnLibrary(stream) : null;
        } catch (RuntimeException | Error e) {
            opening.giveBack(e);
            throw e;
        }
    }

    /** The number of backends that use this device; each gives it up with {@link #release}. */
    void sharedBy(int backends) {
        users = backends;
    }

    /** Whether no other backend uses this device any more. */
    boolean release() {
        users--;
        return users == 0;
    }

    /** What multiplies matrices in place of the kernels, or null. */
    MatrixLibrary matrixLibrary() {
        return matrixLibrary;
    }

    /** What convolves in place of the kernels, or null. */
    DnnLibrary dnnLibrary() {
        return dnnLibrary;
    }

    /** What is told of every operation, or null. */
    Nvtx nvtx() {
        return nvtx;
    }

    Driver driver() {
        return driver;
    }

    Stream stream() {
        return stream;
    }

    /** Tensors and scratch memory. */
    DeviceMemory memory() {
        return memory;
    }

    /** Copies between host and device. */
    Staging staging() {
        return staging;
    }

    /** Where weights wait off the device. */
    CudaHostStore hostStore() {
        return hostStore;
    }

    Kernels kernels() {
        return kernels;
    }

    /** Kernels over rows. */
    RowKernels rows() {
        return rows;
    }

    /** Kernels over elements. */
    ElementKernels elements() {
        return elements;
    }

    /** Kernels that move elements. */
    LayoutKernels layouts() {
        return layouts;
    }

    DeviceReport report() {
        return driver.report();
    }

    @Override
    public void close() {
        try (driver;
                stream;
                staging;
                memory;
                hostStore;
                matrixLibrary;
                dnnLibrary) {
            stream.synchronize();
        }
    }
}
