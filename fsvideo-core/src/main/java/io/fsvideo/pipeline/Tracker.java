package io.fsvideo.pipeline;

import io.fsvideo.CancelledException;
import io.fsvideo.Progress;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Stage;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts the steps of a generation: tells the listener, stops at a cancelled request, measures the stages.
 *
 * @since 0.1
 */
public final class Tracker {
    private final Request request;
    private final ProgressListener listener;
    private final long started = System.nanoTime();
    private final Map<Stage, Duration> timings = new EnumMap<>(Stage.class);
    private Stage stage;
    private int step;
    private int steps;
    private long stageStarted;
    private long streamBytes;
    private int skippedSteps;

    /**
     * Starts the clock.
     *
     * @param request stops the generation when it is cancelled
     * @param listener hears of every step
     */
    public Tracker(Request request, ProgressListener listener) {
        this.request = request;
        this.listener = listener;
    }

    /**
     * Starts a stage of {@code count} steps.
     *
     * @throws CancelledException when the request is cancelled
     */
    public void begin(Stage next, int count) {
        stage = next;
        step = 0;
        steps = count;
        stageStarted = System.nanoTime();
        report();
    }

    /**
     * Counts a step that is done.
     *
     * @throws CancelledException when the request is cancelled
     */
    public void step() {
        step++;
        timings.put(stage, Duration.ofNanos(System.nanoTime() - stageStarted));
        report();
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
        listener.onProgress(new Progress(stage, step, steps, Duration.ofNanos(now - started), Duration.ofNanos(left)));
        if (request.isCancelled()) {
            throw new CancelledException(
                    "generate: the request was cancelled in stage " + stage + " at step " + step + " of " + steps);
        }
    }

    /** Returns the time spent in each stage so far. */
    public Map<Stage, Duration> timings() {
        return Map.copyOf(timings);
    }
}
