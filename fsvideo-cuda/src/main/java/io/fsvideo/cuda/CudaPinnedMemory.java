package io.fsvideo.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Page-locked memory of the driver's. */
final class CudaPinnedMemory implements PinnedMemory {
    private final CudaDriver driver;
    private final Pointer address = new Pointer();
    private final ByteBuffer buffer;

    CudaPinnedMemory(CudaDriver driver, int bytes) {
        this.driver = driver;
        driver.makeCurrent();
        driver.calls().check("cuMemAllocHost of " + bytes + " bytes", () -> JCudaDriver.cuMemAllocHost(address, bytes));
        buffer = address.getByteBuffer(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public ByteBuffer buffer() {
        return buffer;
    }

    Pointer at(int offset) {
        return address.withByteOffset(offset);
    }

    @Override
    public void close() {
        driver.calls().release("cuMemFreeHost", () -> {
            driver.makeCurrent();
            return JCudaDriver.cuMemFreeHost(address);
        });
    }
}
