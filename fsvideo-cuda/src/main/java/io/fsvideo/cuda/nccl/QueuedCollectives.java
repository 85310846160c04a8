package io.fsvideo.cuda.nccl;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Collectives queued on one stream and not seen to end, each between two marks. The caller adds, the watching thread looks. The time limit
 * begins when the device comes to the collective, so what is computed before it does not count.
 */
final class QueuedCollectives {
    /** One collective; the mark behind it is null while its call has not returned. */
    static final class Queued {
        private final String what;
        private final NcclDevice.Mark before;
        private volatile NcclDevice.Mark behind;
        private long since;
        private boolean reached;

        private Queued(String what, NcclDevice.Mark before) {
            this.what = what;
            this.before = before;
        }

        void endsAt(NcclDevice.Mark mark) {
            behind = mark;
        }

        private void giveBack() {
            before.close();
            if (behind != null) {
                behind.close();
            }
        }
    }

    private final Queue<Queued> queue = new ConcurrentLinkedQueue<>();
    private long reached;

    Queued add(String what, NcclDevice.Mark before) {
        Queued queued = new Queued(what, before);
        queue.add(queued);
        return queued;
    }

    /** Forgets what has ended; what the device has waited in for longer than {@code limit}, or null. */
    String late(Duration limit) {
        for (Queued head = queue.peek(); head != null; head = queue.peek()) {
            if (!head.reached) {
                if (!head.before.passed()) {
                    return null;
                }
                head.reached = true;
                head.since = System.nanoTime();
                reached++;
            }
            if (head.behind == null || !head.behind.passed()) {
                boolean late = Duration.ofNanos(System.nanoTime() - head.since).compareTo(limit) > 0;
                return late ? head.what : null;
            }
            queue.remove().giveBack();
        }
        return null;
    }

    /** How many collectives the device has come to. */
    long reached() {
        return reached;
    }

    /** Forgets all. */
    void clear() {
        for (Queued head = queue.poll(); head != null; head = queue.poll()) {
            head.giveBack();
        }
        reached = 0;
    }
}
