package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.OpTime;
import java.util.Locale;

/**
 * The least time of an operation on a device: arithmetic at the rate of dense BF16 products, or its bytes at the memory's rate. Rates of
 * the vendor's data sheets; unknown devices have none.
 */
record Roofline(double flopsPerSecond, double bytesPerSecond) {
    static Roofline of(String device) {
        if (device.contains("H200")) {
            return new Roofline(989e12, 4.8e12);
        }
        if (device.contains("H100")) {
            return new Roofline(989e12, 3.35e12);
        }
        if (device.contains("A100")) {
            return new Roofline(312e12, 2.0e12);
        }
        return new Roofline(Double.NaN, Double.NaN);
    }

    /** Least time as a share of the measured one. */
    String percent(OpTime time) {
        double least = Math.max(time.flops() / flopsPerSecond, time.bytes() / bytesPerSecond);
        return Double.isNaN(least) ? "-" : String.format(Locale.ROOT, "%.1f", least * 1e5 / time.milliseconds());
    }
}
