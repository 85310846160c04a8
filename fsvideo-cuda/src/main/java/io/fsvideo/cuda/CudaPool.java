package io.fsvideo.cuda;

import org.bytedeco.cuda.cudart.CUmemPoolHandle_st;
import org.bytedeco.cuda.cudart.CUmemPoolProps_v1;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;

/** The device's stream-ordered memory; freed blocks stay with it until it is trimmed, as asking the driver anew is slow. */
final class CudaPool {
    private final CudaDriver driver;
    private final CUmemPoolHandle_st handle = new CUmemPoolHandle_st();
    private final long[] allocated = new long[1];

    /** A pool in the current context, on device {@code ordinal}. */
    CudaPool(CudaDriver driver, int ordinal) {
        this.driver = driver;
        try (CUmemPoolProps_v1 properties = new CUmemPoolProps_v1();
                LongPointer threshold = new LongPointer(1)) {
            Pointer.memset(properties, 0, properties.sizeof());
            properties.allocType(cudart.CU_MEM_ALLOCATION_TYPE_PINNED);
            properties.location().type(cudart.CU_MEM_LOCATION_TYPE_DEVICE);
            properties.location().id(ordinal);
            driver.calls().check("cuMemPoolCreate", () -> cudart.cuMemPoolCreate(handle, properties));
            threshold.put(Long.MAX_VALUE);
            driver.calls()
                    .check(
                            "cuMemPoolSetAttribute",
                            () -> cudart.cuMemPoolSetAttribute(
                                    handle, cudart.CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, threshold));
        }
    }

    /** Address of {@code bytes} bytes in the order of {@code stream}, 0 when there is no room. */
    long allocate(long bytes, CUstream_st stream) {
        int code = cudart.cuMemAllocFromPoolAsync(allocated, bytes, handle, stream);
        if (code == DriverCalls.OUT_OF_MEMORY) {
            return 0;
        }
        driver.calls().require("cuMemAllocFromPoolAsync", code);
        return allocated[0];
    }

    void free(long address, CUstream_st stream) {
        driver.calls().release("cuMemFreeAsync", () -> cudart.cuMemFreeAsync(address, stream));
    }

    /** Gives unused memory back to the driver. */
    void trim() {
        driver.calls().check("cuMemPoolTrimTo", () -> cudart.cuMemPoolTrimTo(handle, 0));
    }

    void close() {
        driver.calls().release("cuMemPoolDestroy", () -> cudart.cuMemPoolDestroy(handle));
    }
}
