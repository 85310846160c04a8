package io.fsvideo.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;

/** An event of the driver's. */
final class CudaEvent implements Event {
    private final CudaDriver driver;
    private final CUevent handle = new CUevent();

    CudaEvent(CudaDriver driver) {
        this.driver = driver;
        driver.makeCurrent();
        driver.calls().check("cuEventCreate", () -> JCudaDriver.cuEventCreate(handle, 0));
    }

    CUevent handle() {
        return handle;
    }

    @Override
    public void synchronize() {
        driver.makeCurrent();
        driver.calls().check("cuEventSynchronize", () -> JCudaDriver.cuEventSynchronize(handle));
    }

    @Override
    public float millisecondsSince(Event start) {
        driver.makeCurrent();
        float[] milliseconds = new float[1];
        driver.calls()
                .check(
                        "cuEventElapsedTime",
                        () -> JCudaDriver.cuEventElapsedTime(milliseconds, ((CudaEvent) start).handle, handle));
        return milliseconds[0];
    }

    @Override
    public void close() {
        driver.calls().release("cuEventDestroy", () -> {
            driver.makeCurrent();
            return JCudaDriver.cuEventDestroy(handle);
        });
    }
}
