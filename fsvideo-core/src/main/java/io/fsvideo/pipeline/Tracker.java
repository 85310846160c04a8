package io.fsvideo.pipeline;

import io.fsvideo.Preview;
import io.fsvideo.Progress;
import io.fsvideo.ProgressListener;
import io.fsvideo.Stage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Counts the steps of a generation: tells the listener, stops where it was asked to, measures the stages.
 *
 * @since 0.1
 */
public final class Tracker {
    private final Cancellation cancellation;
    private final ProgressListener listener;
    private final Pace.Estimate estimate;
    private final Previews previews;
    private final Keep keep;
    private final long started = System.nanoTime();
    private final Map<Stage, Duration> timings = new EnumMap<>(Stage.class);
    private Stage stage;
    private int step;
    private int steps;
    private long stageStarted;
    private long streamBytes;
    private int skippedSteps;
    private FlightEvents.StageEvent stageEvent;
    private FlightEvents.StepEvent stepEvent;
    private Preview preview;

    /**
     * Starts the clock.
     *
     * @param cancellation stops the generation
     * @param listener hears of every step, on the thread that computes
     */
    public Tracker(Cancellation cancellation, ProgressListener listener) {
        this(cancellation, listener, Pace.Estimate.NONE, Previews.NONE, Keep.NOTHING);
    }

    /**
     * Starts the clock.
     *
     * @param cancellation stops the generation
     * @param listener hears of every step, on the thread that computes
     * @param estimate says what part of the whole each stage is
     * @param previews says which steps are shown
     * @param keep is handed what is made on the way
     */
    public Tracker(
            Cancellation cancellation,
            ProgressListener listener,
            Pace.Estimate estimate,
            Previews previews,
            Keep keep) {
        this.keep = keep;
        this.estimate = estimate;
        this.previews = previews;
        this.cancellation = cancellation;
        this.listener = listener;
    }

    /**
     * Starts a stage of {@code count} steps.
     *
     * @throws io.fsvideo.CancelledException when the generation was asked to stop
     */
    public void begin(Stage next, int count) {
        stage = next;
        step = 0;
        steps = count;
        stageStarted = System.nanoTime();
        stageEvent = FlightEvents.StageEvent.begun(next, count);
        report();
        stepEvent = FlightEvents.StepEvent.begun(next, 1);
    }

    /**
     * Counts a step that is done.
     *
     * @throws io.fsvideo.CancelledException when the generation was asked to stop
     */
    public void step() {
        step++;
        timings.put(stage, Duration.ofNanos(System.nanoTime() - stageStarted));
        stepEvent.commit();
        if (step == steps) {
            stageEvent.commit();
        }
        report();
        stepEvent = FlightEvents.StepEvent.begun(stage, step + 1);
    }

    /** Tells whether the clean latents that step {@code number} of this stage predicts, 1 for the first, are to be shown. */
    public boolean shows(int number) {
        return previews.isDue(number, steps);
    }

    /**
     * Hears the clean latents that the step under way predicts, to be shown once it is done.
     *
     * @param latent {@code [frames, height, width, channels]}, not changed any more
     */
    public void predicted(float[] latent, int frames, int height, int width) {
        preview = previews.of(stage, step + 1, latent, frames, height, width);
    }

    /** Returns who is handed what is made on the way. */
    public Keep keep() {
        return keep;
    }

    /** Hears what the streaming decoder remembers just now, in bytes. */
    public void streamBytes(long bytes) {
        streamBytes = Math.max(streamBytes, bytes);
    }

    /** Hears in how many steps of a stage a shortcut stood in for the transformer. */
    public void skippedSteps(int count) {
        skippedSteps += count;
    }

    /** Returns the steps in which a shortcut stood in for the transformer. */
    public int skippedSteps() {
        return skippedSteps;
    }

    /** Returns the most bytes that the streaming decoder remembered. */
    public long streamBytes() {
        return streamBytes;
    }

    private void report() {
        long now = System.nanoTime();
        long left = step == 0 ? 0 : (now - stageStarted) / step * (steps - step);
        double done = estimate.done(stage, step, steps);
        listener.onProgress(new Progress(
                stage,
                step,
                steps,
                Duration.ofNanos(now - started),
                Duration.ofNanos(left),
                done,
                Duration.ofNanos(overallLeft(now, left, done)),
                Optional.ofNullable(preview)));
        check();
    }

    /** The time left in nanoseconds: this stage at its own pace, the others as expected; before the first clip, at the pace of the whole so far. */
    private long overallLeft(long now, long stageLeft, double done) {
        if (estimate.total() == 0) {
            return stage.compareTo(Stage.BASE) <= 0 && step == 0 || done == 0
                    ? 0
                    : (long) ((now - started) * (1 - done) / done);
        }
        double later = (1 - estimate.done(stage, 1, 1)) * estimate.total() * 1e9;
        return (long) later + (step == 0 ? (long) (estimate.of(stage) * estimate.total() * 1e9) : stageLeft);
    }

    /**
     * Looks, between two layers, whether the generation was asked to stop.
     *
     * @throws io.fsvideo.CancelledException when it was
     */
    public void check() {
        if (cancellation.reason() != null) {
            cancellation.check(
                    stage == null
                            ? "before its first stage"
                            : "in stage " + stage.name().toLowerCase(Locale.ROOT) + " at step " + step + " of "
                                    + steps);
        }
    }

    /** Returns the time spent in each stage so far. */
    public Map<Stage, Duration> timings() {
        return Map.copyOf(timings);
    }
}
