package io.fsvideo.tensor;

import java.util.function.Function;

/**
 * Work that is run again and again on the same inputs, whose contents alone change. Where the backend records, the first run is as
 * usual, the second is recorded, and from then on the recording is replayed: the same bits without the cost of queueing each operation.
 * Only operations may be in it, no copies to or from the host, and nothing it makes may outlive a run but its result.
 */
public final class RepeatedWork implements AutoCloseable {
    private final Arena owner;
    private final Function<Arena, Tensor> work;
    private final Recording recording;
    private Arena arena;
    private Tensor result;
    private int runs;

    /** @param recording an empty one, closed with this; null to run the work as usual each time */
    public RepeatedWork(Arena owner, Recording recording, Function<Arena, Tensor> work) {
        this.owner = owner;
        this.recording = recording;
        this.work = work;
    }

    /** The result, which holds until the next run. */
    public Tensor run() {
        runs++;
        if (recording == null) {
            result = work(next());
        } else if (runs == 1) {
            Arena a = next();
            result = recording.rehearse(() -> work(a));
        } else {
            if (runs == 2) {
                Arena a = next();
                result = recording.record(() -> work(a));
            }
            recording.replay();
        }
        return result;
    }

    /** Nothing stays of it but its result. */
    private Tensor work(Arena a) {
        try (Arena t = a.child("work")) {
            return t.keep(work.apply(t));
        }
    }

    private Arena next() {
        free();
        arena = owner.child("run " + runs);
        return arena;
    }

    private void free() {
        if (arena != null) {
            arena.close();
            arena = null;
        }
    }

    @Override
    public void close() {
        free();
        if (recording != null) {
            recording.close();
        }
    }
}
