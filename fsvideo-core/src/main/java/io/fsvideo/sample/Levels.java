package io.fsvideo.sample;

/** Counts a solver's steps; the step number, not the time, finds the level, because truncated times can coincide. */
final class Levels {
    private final NoiseSchedule schedule;
    private int next;

    Levels(NoiseSchedule schedule) {
        this.schedule = schedule;
    }

    /** Number of the step about to be made, counted on. @throws IllegalStateException after the last */
    int advance() {
        if (next >= schedule.steps()) {
            throw new IllegalStateException("solver: steps must be at most " + schedule.steps() + ", got one more");
        }
        return next++;
    }
}
