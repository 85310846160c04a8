package io.fsvideo.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One piece of work by this library, beside the best of the others and the ceiling that binds it.
 *
 * @param peer the fastest other library, or null
 * @param ceiling seconds the work would take at the ceiling; NaN where a ceiling was not measured
 */
record Standing(Measured ours, Measured peer, double ceiling) {
    /** The standings of everything measured except the ceilings, sorted by name. */
    static List<Standing> of(List<Measured> all) {
        return all.stream()
                .filter(Measured::isOurs)
                .filter(ours -> !ours.bench().matches("(Copy|Peak)Bench"))
                .map(ours -> new Standing(ours, best(all, ours), ceiling(all, ours)))
                .sorted(Comparator.comparing((Standing s) -> s.ours.bench())
                        .thenComparing(s -> s.ours.shape())
                        .thenComparing(s -> s.ours.dtype()))
                .toList();
    }

    private static Measured best(List<Measured> all, Measured ours) {
        Optional<Measured> best = all.stream()
                .filter(other -> !other.isOurs() && other.isSameWork(ours))
                .min(Comparator.comparingDouble(Measured::seconds));
        return best.orElse(null);
    }

    private static double ceiling(List<Measured> all, Measured ours) {
        double bytes = all.stream()
                .filter(m -> m.bench().equals("CopyBench") && m.dtype().equals(ours.dtype()))
                .mapToDouble(Measured::gigabytes)
                .max()
                .orElse(Double.NaN);
        double flops = all.stream()
                .filter(m -> m.bench().equals("PeakBench") && m.dtype().equals(ours.dtype()))
                .mapToDouble(Measured::teraflops)
                .max()
                .orElse(Double.NaN);
        return ours.seconds() * Math.max(ours.gigabytes() / bytes, ours.teraflops() / flops);
    }

    /** How many times faster than the best other library; NaN without one. */
    double ratio() {
        return peer == null ? Double.NaN : peer.seconds() / ours.seconds();
    }

    /** Part of the ceiling reached. */
    double share() {
        return ceiling / ours.seconds();
    }
}
