package io.fsvideo.plan;

/**
 * A connection between devices, for predictions. Sources: NVLink 4, 18 links of 25 GB/s each way (H100 data sheet: 900 GB/s in both
 * directions); PCI Express 5.0 x16, 32 GT/s a lane with 128b/130b coding, 63 GB/s each way.
 *
 * @param name for tables
 * @param bytesPerSecond one way
 * @param latencySeconds from the call of a collective to its first byte, launch included; our assumption
 */
record Link(String name, double bytesPerSecond, double latencySeconds) {
    static Link nvlink4() {
        return new Link("NVLink 4", 450e9, 10e-6);
    }

    static Link pcie5() {
        return new Link("PCIe 5 x16", 63e9, 15e-6);
    }
}
