package io.fsvideo;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Counts steps of a generation: tells the listener, stops at a cancelled request, measures the stages. */
final class Tracker {
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

    Tracker(Request request, ProgressListener listener) {
        this.request = request;
        this.listener = listener;
    }

    /** Starts a stage of {@code count} steps. @throws CancelledException when the request is cancelled */
    void begin(Stage next, int count) {
        stage = next;
        step = 0;
        steps = count;
        stageStarted = System.nanoTime();
        report();
    }

    /** One step is done. @throws CancelledException when the request is cancelled */
    void step() {
        step++;
        timings.put(stage, Duration.ofNanos(System.nanoTime() - stageStarted));
        report();
    }

    /** What the streaming decoder remembers just now. */
    void streamBytes(long bytes) {
        streamBytes = Math.max(streamBytes, bytes);
    }

    /** Steps of a stage whose transformer the step cache stood in for. */
    void skippedSteps(int count) {
        skippedSteps += count;
    }

    int skippedSteps() {
        return skippedSteps;
    }

    /** The most the streaming decoder remembered. */
    long streamBytes() {
        return streamBytes;
    }

    private void report() {
        long now = System.nanoTime();
        long left = step == 0 ? 0 : (now - stageStarted) / step * (steps - step);
        listener.onProgress(new Progress(stage, step, steps, Duration.ofNanos(now - started), Duration.ofNanos(left)));
        if (request.isCancelled()) {
            throw new CancelledException("generate: request must not be cancelled, got a cancellation in " + stage
                    + " at " + step + "/" + steps);
        }
    }

    Map<Stage, Duration> timings() {
        return Map.copyOf(timings);
    }
}
