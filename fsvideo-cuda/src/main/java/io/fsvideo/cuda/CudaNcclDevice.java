package io.fsvideo.cuda;

import io.fsvideo.cuda.nccl.NcclDevice;

/** A device as NCCL's communicator uses it. */
final class CudaNcclDevice implements NcclDevice {
    private final CudaDriver driver;
    private final Device device;
    private final CudaStream main;
    private final CudaStream side;
    private final Event reached;

    CudaNcclDevice(CudaDriver driver, Device device) {
        this.driver = driver;
        this.device = device;
        main = (CudaStream) device.stream();
        side = new CudaStream(driver);
        reached = driver.openEvent();
    }

    @Override
    public Object lock() {
        return device;
    }

    @Override
    public void makeCurrent() {
        driver.makeCurrent();
    }

    @Override
    public long mainStream() {
        return main.handle().address();
    }

    @Override
    public long sideStream() {
        return side.handle().address();
    }

    @Override
    public void sideAfterMain() {
        main.record(reached);
        side.await(reached);
    }

    @Override
    public void mainAfterSide() {
        side.record(reached);
        main.await(reached);
    }

    /** Outside the lock, so that a communicator that waits for ever can still be aborted. */
    @Override
    public void synchronize() {
        side.synchronize();
        main.synchronize();
    }

    @Override
    public void close() {
        try (reached) {
            side.close();
        }
    }
}
