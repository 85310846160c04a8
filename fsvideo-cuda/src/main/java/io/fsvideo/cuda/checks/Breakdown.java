package io.fsvideo.cuda.checks;

import io.fsvideo.cuda.OpTime;
import java.util.List;
import java.util.Locale;

/** Prints what the operations of a run took, and how much of that the device needs at least. */
final class Breakdown {
    private Breakdown() {}

    /** @param what the run is, for the last line */
    static void print(String what, List<OpTime> times, Roofline roofline) {
        double total = times.stream().mapToDouble(OpTime::milliseconds).sum();
        System.out.println("  operation         calls       ms  share  TFLOP/s     GB/s  % of limit");
        for (OpTime time : times) {
            double seconds = time.milliseconds() / 1e3;
            System.out.printf(
                    Locale.ROOT,
                    "  %-16s %6d %8.2f %5.1f%% %8.1f %8.0f %s%n",
                    time.op(),
                    time.calls(),
                    time.milliseconds(),
                    100 * time.milliseconds() / total,
                    time.flops() / seconds / 1e12,
                    time.bytes() / seconds / 1e9,
                    roofline.percent(time));
        }
        System.out.printf(Locale.ROOT, "  %-16s %6s %8.2f%n", what, "", total);
    }
}
