package io.fsvideo;

import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a job's progress to its listener on another thread. A listener that is slower than the job misses events, but the newest is
 * always brought; what it throws is logged once and harms nothing.
 */
final class ListenerFeed {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerFeed.class);

    private final ProgressListener listener;
    private final Executor executor;
    private Progress newest;
    private boolean delivering;
    private boolean hasThrown;

    ListenerFeed(ProgressListener listener, Executor executor) {
        this.listener = listener;
        this.executor = executor;
    }

    /** Returns at once. */
    synchronized void offer(Progress progress) {
        newest = progress;
        if (!delivering) {
            delivering = true;
            executor.execute(this::deliver);
        }
    }

    private void deliver() {
        for (Progress next = take(); next != null; next = take()) {
            try {
                listener.onProgress(next);
            } catch (RuntimeException | Error e) {
                if (!hasThrown) {
                    hasThrown = true;
                    LOG.warn("A progress listener threw, which its job does not mind: {}", listener, e);
                }
            }
        }
    }

    private synchronized Progress take() {
        Progress next = newest;
        newest = null;
        if (next == null) {
            delivering = false;
            notifyAll();
        }
        return next;
    }

    /** Waits until the newest event was brought. */
    synchronized void awaitDelivered() throws InterruptedException {
        while (delivering) {
            wait();
        }
    }
}
