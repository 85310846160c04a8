package io.fsvideo;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of one model: made when there is work, gone when there was none for a while. None keeps the process alive. */
final class JobThreads implements AutoCloseable {
    private static final int IDLE_SECONDS = 5;

    private final ThreadPoolExecutor workers = pool("fsvideo-worker");
    private final ThreadPoolExecutor notifiers = pool("fsvideo-listener");
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1, daemons("fsvideo-timer"));

    JobThreads() {
        timers.setRemoveOnCancelPolicy(true);
        timers.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timers.allowCoreThreadTimeOut(true);
    }

    /** One runs a job at a time; another takes over when what depends on a job's future blocks its thread. */
    private static ThreadPoolExecutor pool(String name) {
        return new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons(name));
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    Executor workers() {
        return workers;
    }

    Executor notifiers() {
        return notifiers;
    }

    /** Runs {@code task} after this time, unless the model is closed by then, which stops every job anyway. */
    Future<?> after(Duration time, Runnable task) {
        try {
            return timers.schedule(task, nanos(time), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** 292 years when it is more. */
    static long nanos(Duration time) {
        try {
            return time.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 2;
        }
    }

    /** Lets what runs end. */
    @Override
    public void close() {
        timers.shutdownNow();
        workers.shutdown();
        notifiers.shutdown();
    }
}
