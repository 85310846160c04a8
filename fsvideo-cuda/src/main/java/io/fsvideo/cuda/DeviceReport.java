package io.fsvideo.cuda;

import java.util.Locale;

/**
 * A device as its driver describes it.
 *
 * @param name product name
 * @param major compute capability
 * @param minor compute capability
 * @param memoryBytes device memory
 * @param processors streaming multiprocessors
 * @param sharedBytesPerBlock most shared memory of a block, opted in
 * @param driverVersion CUDA version of the driver, {@code 1000 major + 10 minor}; 0 where there is none
 */
record DeviceReport(
        String name,
        int major,
        int minor,
        long memoryBytes,
        int processors,
        int sharedBytesPerBlock,
        int driverVersion) {
    /** Whether code for sm_90a (wgmma, TMA) runs here. */
    boolean hasHopperCode() {
        return major == 9 && minor == 0;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, sm_%d%d, %d processors, %.1f GiB, driver for CUDA %s",
                name,
                major,
                minor,
                processors,
                memoryBytes / (double) (1L << 30),
                version(driverVersion));
    }

    /** {@code 12060} as 12.6. */
    static String version(int driverVersion) {
        return driverVersion / 1000 + "." + driverVersion % 1000 / 10;
    }
}
