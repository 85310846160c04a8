package io.fsvideo.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;

/** An event of the driver's. */
final class CudaEvent implements Event {
    private static final int NOT_READY = 600;

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

    /** Whether the point has been passed; also when never recorded. */
    boolean passed() {
        driver.makeCurrent();
        int code = DriverCalls.code(() -> JCudaDriver.cuEventQuery(handle));
        if (code == NOT_READY) {
            return false;
        }
        driver.calls().require("cuEventQuery", code);
        return true;
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
