package io.fsvideo.cuda;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;

/** An emulated backend and its driver for one test; closing it fails when anything is left. */
record EmulatedDevice(EmulatorDriver driver, Backend backend) implements AutoCloseable {
    static EmulatedDevice of(long deviceBytes, BackendOptions options, Launch.Listener listener) {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, deviceBytes);
        return new EmulatedDevice(driver, new CudaBackend("cuda-emulated", driver, options, listener));
    }

    static EmulatedDevice open() {
        return of(1L << 30, BackendOptions.defaults(), Launch.Listener.NONE);
    }

    Arena arena() {
        return Arena.root(backend, "test");
    }

    @Override
    public void close() {
        backend.close();
    }
}
