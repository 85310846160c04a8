package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import java.util.ArrayList;
import java.util.List;

/** Serves {@code cuda-refusing}: the emulated device, whose driver refuses what {@link #REFUSAL} says. */
public final class RefusingDeviceProvider implements BackendProvider {
    static final String NAME = "cuda-refusing";
    static final Refusal REFUSAL = new Refusal();
    private static final long DEVICE_BYTES = 1L << 30;
    private static final List<EmulatorDriver> DRIVERS = new ArrayList<>();

    @Override
    public String names() {
        return NAME;
    }

    @Override
    public boolean serves(String name) {
        return name.equals(NAME);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        EmulatorDriver driver =
                new EmulatorDriver(EmulatorBuild.library(), 9, DEVICE_BYTES, EmulatorDriver.Schedule.AT_ONCE, REFUSAL);
        DRIVERS.add(driver);
        return new CudaBackend(name, driver, options);
    }

    /** Whether every driver opened so far is closed and nothing is held of it. */
    static boolean isAllGivenBack() {
        return DRIVERS.stream().allMatch(driver -> driver.isClosed() && driver.isEmpty());
    }
}
