package io.fsvideo.cuda;

import io.fsvideo.cuda.natives.CudaLibraries;
import io.fsvideo.kernels.KernelImage;
import io.fsvideo.tensor.BackendException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/**
 * The driver of a real device, through JCuda in the device's primary context; what JCuda lacks (tensor maps, a pool's attributes) through
 * JavaCPP.
 */
final class CudaDriver implements Driver {
    private static final int OLDEST = 12000;

    private final DriverCalls calls;
    private final CUdevice device;
    private final CUcontext context;
    private final DeviceReport report;
    private final CudaPool pool;
    private final CudaModules modules;
    private final TensorMapEncoder tensorMaps;

    private CudaDriver(DriverCalls calls, CUdevice device, int ordinal, int version, CudaModules.ImageSource images) {
        this.calls = calls;
        this.device = device;
        report = report(version);
        context = new CUcontext();
        calls.check("cuDevicePrimaryCtxRetain", () -> JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        try {
            makeCurrent();
            pool = new CudaPool(this, ordinal);
        } catch (RuntimeException e) {
            releaseContext();
            throw e;
        }
        modules = new CudaModules(this, images);
        tensorMaps = new TensorMapEncoder(calls);
    }

    /**
     * Device {@code ordinal} of this machine.
     *
     * @throws BackendException what was needed, found, looked for, and what to do
     */
    static CudaDriver open(int ordinal) {
        return open(ordinal, KernelImage::fatbin);
    }

    /** Opens a device like {@link #open(int)}, with other images than the ones built. */
    static CudaDriver open(int ordinal, CudaModules.ImageSource images) {
        CudaLibraries libraries = CudaLibraries.ofThisMachine();
        libraries.loadDriver();
        DriverCalls calls = new DriverCalls();
        int version = version(calls);
        initialise();
        CUdevice device = device(calls, ordinal);
        libraries.loadTensorMaps();
        return new CudaDriver(calls, device, ordinal, version, images);
    }

    private static void initialise() {
        int code = DriverCalls.code(() -> JCudaDriver.cuInit(0));
        if (code != DriverCalls.SUCCESS) {
            throw new CudaException(
                    "cuda: NVIDIA's driver must find a device; cuInit",
                    code,
                    DriverCalls.meaning(code) + "; check nvidia-smi, CUDA_VISIBLE_DEVICES and the container's --gpus");
        }
    }

    private static int version(DriverCalls calls) {
        int[] version = new int[1];
        calls.check("cuDriverGetVersion", () -> JCudaDriver.cuDriverGetVersion(version));
        if (version[0] < OLDEST) {
            throw new DriverTooOldException(
                    "cuda: driver must be for CUDA 12.0 (525) or newer; cuDriverGetVersion",
                    version[0],
                    "CUDA " + DeviceReport.version(version[0]) + "; update NVIDIA's driver");
        }
        return version[0];
    }

    private static CUdevice device(DriverCalls calls, int ordinal) {
        int[] count = new int[1];
        calls.check("cuDeviceGetCount", () -> JCudaDriver.cuDeviceGetCount(count));
        if (ordinal >= count[0]) {
            throw new BackendException("cuda: device must be within 0.." + (count[0] - 1) + ", got " + ordinal
                    + "; check CUDA_VISIBLE_DEVICES and nvidia-smi");
        }
        CUdevice device = new CUdevice();
        calls.check("cuDeviceGet", () -> JCudaDriver.cuDeviceGet(device, ordinal));
        return device;
    }

    private DeviceReport report(int version) {
        byte[] name = new byte[256];
        calls.check("cuDeviceGetName", () -> JCudaDriver.cuDeviceGetName(name, name.length, device));
        long[] bytes = new long[1];
        calls.check("cuDeviceTotalMem", () -> JCudaDriver.cuDeviceTotalMem(bytes, device));
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new DeviceReport(
                new String(name, 0, length, StandardCharsets.UTF_8),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                bytes[0],
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                version);
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        calls.check(
                "cuDeviceGetAttribute(" + attribute + ")",
                () -> JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /** Every call into the driver needs this first: other code may have used another context on this thread. */
    void makeCurrent() {
        int code;
        try {
            code = JCudaDriver.cuCtxSetCurrent(context);
        } catch (jcuda.CudaException e) {
            code = DriverCalls.code(e);
        }
        calls.require("cuCtxSetCurrent", code);
    }

    DriverCalls calls() {
        return calls;
    }

    CudaPool pool() {
        return pool;
    }

    @Override
    public DeviceReport report() {
        return report;
    }

    @Override
    public long freeBytes() {
        makeCurrent();
        long[] free = new long[1];
        long[] total = new long[1];
        calls.check("cuMemGetInfo", () -> JCudaDriver.cuMemGetInfo(free, total));
        return free[0];
    }

    @Override
    public Stream openStream() {
        return new CudaStream(this);
    }

    @Override
    public Driver.Event openEvent() {
        return new CudaStream.CudaEvent(this);
    }

    @Override
    public Driver.PinnedMemory pin(int bytes) {
        return new CudaStream.CudaPinnedMemory(this, bytes);
    }

    @Override
    public Driver.Function load(String kernel, KernelImage image, String entry) {
        return modules.load(kernel, image, entry);
    }

    @Override
    public void encode(TensorMap map, ByteBuffer target, int offset) {
        tensorMaps.encode(map, target, offset);
    }

    @Override
    public MatrixLibrary openMatrixLibrary(Stream stream) {
        CudaLibraries.ofThisMachine().loadBlas(report.driverVersion());
        return new CublasLibrary(this, ((CudaStream) stream).handle());
    }

    @Override
    public DnnLibrary openDnnLibrary(Stream stream) {
        CudaLibraries.ofThisMachine().loadDnn(report.driverVersion());
        return new CudnnLibrary(this, ((CudaStream) stream).handle());
    }

    @Override
    public void close() {
        try {
            if (!calls.lost()) {
                makeCurrent();
            }
            modules.close();
            pool.close();
        } finally {
            releaseContext();
        }
    }

    /** Also when the context is lost: the last release ends it, and the next opening makes a new one. */
    private void releaseContext() {
        calls.check("cuDevicePrimaryCtxRelease", () -> JCudaDriver.cuDevicePrimaryCtxRelease(device));
    }
}
