package io.fsvideo.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * While open, Ctrl-C (or SIGTERM) cancels the work in hand and gives it time to free and remove what it has; then the process ends
 * with the signal's exit code, 130 (143).
 */
public final class CancelOnSignal implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    /** @param cancel called from another thread; the work ends soon after */
    public CancelOnSignal(Runnable cancel) {
        this(cancel, PATIENCE);
    }

    /**
     * @param cancel called from another thread; the work ends soon after
     * @param patience after which the process ends with the work unfinished
     */
    public CancelOnSignal(Runnable cancel, Duration patience) {
        hook = new Thread(() -> cancelAndWait(cancel, patience), "cancel-on-signal");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A signal handler that interrupts this thread, for work that then ends with an exception and cleans up. */
    public static CancelOnSignal interruptingThisThread() {
        return new CancelOnSignal(Thread.currentThread()::interrupt);
    }

    private void cancelAndWait(Runnable cancel, Duration patience) {
        cancel.run();
        try {
            done.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says that the work has ended and cleaned up. */
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending because of the signal: nothing to remove.
            return;
        }
    }
}
