package io.fsvideo.pipeline;

import io.fsvideo.Stage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long the stages of one model take, remembered from the clips made with it: seconds for each position of the latents, and for each
 * step of a transformer. Before the first clip, shares that are typical of small models. Thread-safe.
 *
 * @since 0.1
 */
public final class Pace {
    /** Relative times for one position, of a step where the stage is sampled; only their ratios matter. */
    private static final Map<Stage, Double> TYPICAL = Map.of(
            Stage.TEXT,
            0.5,
            Stage.IMAGE,
            3.0,
            Stage.BASE,
            0.5,
            Stage.UPSAMPLE,
            1.0,
            Stage.REFINE,
            1.0,
            Stage.DECODE,
            8.0);

    private final Map<Stage, Double> seconds = new EnumMap<>(Stage.class);

    /**
     * What a clip is expected to take.
     *
     * @param shares of the whole time, by stage; they add up to 1
     * @param total seconds; 0 before the first clip
     */
    public record Estimate(Map<Stage, Double> shares, double total) {
        /** Nothing is known: every fraction is 0. */
        public static final Estimate NONE = new Estimate(Map.of(), 0);

        /**
         * The part of the whole that is done after {@code step} of {@code steps} steps of {@code stage}. It never falls from one step to the
         * next, in no bit: a stage that is complete gives exactly the sum with which the next one starts.
         */
        double done(Stage stage, int step, int steps) {
            double before = 0;
            for (Stage earlier : Stage.values()) {
                if (earlier.compareTo(stage) < 0) {
                    before += of(earlier);
                }
            }
            return Math.min(1, before + of(stage) * ((double) step / steps));
        }

        double of(Stage stage) {
            return shares.getOrDefault(stage, 0.0);
        }
    }

    /** Returns what a clip is expected to take. */
    public synchronized Estimate estimate(ResolvedRequest job, ModelConfig model) {
        boolean measured = !seconds.isEmpty();
        Map<Stage, Double> times = new EnumMap<>(Stage.class);
        for (Map.Entry<Stage, Double> entry : (measured ? seconds : TYPICAL).entrySet()) {
            if (measured || has(model, entry.getKey())) {
                times.put(entry.getKey(), entry.getValue() * units(entry.getKey(), job));
            }
        }
        double sum = times.values().stream().mapToDouble(Double::doubleValue).sum();
        times.replaceAll((stage, time) -> time / sum);
        return new Estimate(times, measured ? sum : 0);
    }

    private static boolean has(ModelConfig model, Stage stage) {
        return switch (stage) {
            case UPSAMPLE -> model.part(Part.LATENT_UPSAMPLER) != null;
            case REFINE -> model.part(Part.REFINER) != null;
            default -> true;
        };
    }

    /** Remembers the times of a clip that is made. */
    public synchronized void learn(ResolvedRequest job, Map<Stage, Duration> timings) {
        seconds.clear();
        timings.forEach((stage, time) -> seconds.put(stage, Math.max(1, time.toNanos()) / 1e9 / units(stage, job)));
    }

    private static double units(Stage stage, ResolvedRequest job) {
        double positions = job.geometry().positions();
        return switch (stage) {
            case TEXT -> 1;
            case BASE -> positions * job.steps() * (job.isGuided() ? 2 : 1);
            case REFINE -> positions * job.refinerSteps();
            default -> positions;
        };
    }
}
