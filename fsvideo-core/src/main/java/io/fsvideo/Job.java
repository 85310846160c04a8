package io.fsvideo;

import io.fsvideo.pipeline.Cancellation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request on its way: it waits its turn, runs, and ends as done, failed or cancelled. Thread-safe. Made by {@link FsVideo#submit}.
 *
 * <pre>{@code
 * Job job = fs.submit(request, progress -> System.out.println(progress));
 * job.result().orTimeout(2, TimeUnit.MINUTES).thenAccept(result -> result.video().writeMp4(out));
 * }</pre>
 *
 * @since 0.1
 */
public final class Job {
    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    /** What a job is doing. */
    public enum State {
        /** It waits for its turn. */
        QUEUED,
        /** It computes, or is about to stop. */
        RUNNING,
        /** Its video is made. */
        DONE,
        /** It ended with an error, which its future holds. */
        FAILED,
        /** It was stopped before its end and holds nothing. */
        CANCELLED
    }

    /**
     * Hears of every job of a model, for metrics and logs. It is called by the thread that computes or stops the job, so it must be
     * quick; what it throws is logged and harms nothing.
     */
    public interface Observer {
        /** Ignores everything. */
        Observer NONE = new Observer() {};

        /** A job has its turn. */
        default void started(Job job) {}

        /** A job has ended: its state and its failure say how, and {@link Job#result} has its result. */
        default void ended(Job job) {}
    }

    private final String id = UUID.randomUUID().toString();
    private final Instant submitted = Instant.now();
    private final Request request;
    private final JobQueue queue;
    private final ProgressListener inStep;
    private final ListenerFeed feed;
    private final Observer observer;
    private final FlightEvents.Ran event = new FlightEvents.Ran();
    private final Cancellation cancellation = new Cancellation();
    private final JobFuture<Result> future = new JobFuture<>(this);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile State state = State.QUEUED;
    private volatile Progress progress;
    private volatile Instant startTime;
    private volatile Instant endTime;
    private volatile Future<?> timer;
    private volatile Result result;
    private volatile Throwable failure;

    Job(Request request, ProgressListener listener, Observer observer, JobQueue queue, Executor notifier) {
        this.request = request;
        this.observer = observer;
        this.queue = queue;
        this.inStep = listener.isInStep() ? listener : ProgressListener.NONE;
        this.feed =
                listener.isInStep() || listener == ProgressListener.NONE ? null : new ListenerFeed(listener, notifier);
    }

    /** Returns a name that no other job has, of letters, digits and hyphens. */
    public String id() {
        return id;
    }

    /** Returns what was asked for. */
    public Request request() {
        return request;
    }

    /** Returns what the job is doing. */
    public State state() {
        return state;
    }

    /** Returns how many jobs start before this one, itself included: 1 for the next one; 0 once it has started or ended. */
    public int place() {
        return queue.place(this);
    }

    /** Returns how far the job is; empty before it starts. */
    public Optional<Progress> progress() {
        return Optional.ofNullable(progress);
    }

    /** Returns when the job was submitted. */
    public Instant submitted() {
        return submitted;
    }

    /** Returns when the job started; empty while it waits, and when it never did. */
    public Optional<Instant> started() {
        return Optional.ofNullable(startTime);
    }

    /** Returns when the job ended; empty before. */
    public Optional<Instant> ended() {
        return Optional.ofNullable(endTime);
    }

    /** Returns what the job made; empty before its end, and when it failed or was stopped. */
    public Optional<Result> made() {
        return Optional.ofNullable(result);
    }

    /** Returns what the job ended with when it failed or was stopped. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * Returns the future of the result. It ends with a {@link CancelledException} when the job was stopped, and with the error of a job
     * that failed. Whoever ends it, or a future derived from it, from outside ({@code cancel}, {@code orTimeout}, {@code complete}) stops
     * the job as {@link #cancel} does. What depends on it may block: it holds up no other job, unless the model was opened with an
     * executor of one thread.
     */
    public CompletableFuture<Result> result() {
        return future;
    }

    /** Stops the job: at once while it waits, at its next step or layer when it runs. Without effect once it has ended. */
    public void cancel() {
        stop("it was cancelled");
    }

    /**
     * Waits until the job has ended and holds nothing, for {@code patience} at most.
     *
     * @return whether it has ended
     */
    public boolean await(Duration patience) throws InterruptedException {
        RequestException.given("job", "patience", patience);
        return ended.await(JobThreads.nanos(patience), TimeUnit.NANOSECONDS);
    }

    /** A future is about to be ended from outside. */
    void futureEnds() {
        cancellation.cancel("its future was ended from outside");
    }

    /** A future was ended from outside. */
    void futureEnded() {
        stop("its future was ended from outside");
    }

    void stop(String why) {
        cancellation.cancel(why);
        if (queue.remove(this)) {
            settle(null, cancelledWhileWaiting());
            endFuture();
        }
    }

    private CancelledException cancelledWhileWaiting() {
        return new CancelledException("generate: the job was stopped before its turn: " + cancellation.reason());
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Hears of every step, on the thread that computes. */
    void onProgress(Progress now) {
        progress = now;
        if (feed != null) {
            feed.offer(now);
        }
        inStep.onProgress(now);
    }

    void startTimer(Future<?> running) {
        timer = running;
        if (ended.getCount() == 0) {
            running.cancel(false);
        }
    }

    void start() {
        startTime = Instant.now();
        event.begin();
        state = State.RUNNING;
    }

    /** Tells the observer that the job has its turn. */
    void tellStarted() {
        tell(() -> observer.started(this));
    }

    private void tell(Runnable news) {
        try {
            news.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("A job's observer threw, which the job does not mind: {}", observer, e);
        }
    }

    /** Ends the job once, all but its future; one of the arguments is null. */
    void settle(Result made, Throwable thrown) {
        result = made;
        failure = thrown;
        endTime = Instant.now();
        state = made != null ? State.DONE : thrown instanceof CancelledException ? State.CANCELLED : State.FAILED;
        if (timer != null) {
            timer.cancel(false);
        }
        event.ended(this);
        tell(() -> observer.ended(this));
        ended.countDown();
    }

    /** Ends the future of a job that is settled; what depends on it runs now. */
    void endFuture() {
        if (failure == null) {
            future.finish(result);
        } else {
            future.fail(failure);
        }
    }

    /**
     * Waits until the job has ended and its listener has heard the newest, and returns the result. An interrupt of this thread stops the
     * job; the thread stays interrupted.
     *
     * @throws CancelledException when the job was stopped
     * @throws RequestException on the thread that computes, which would wait for itself
     * @throws RuntimeException what else the job ended with
     */
    public Result join() {
        if (ended.getCount() > 0) {
            queue.requireMayWait("job");
        }
        boolean interrupted = false;
        while (true) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                stop("the thread that waited for it was interrupted");
            }
        }
        try {
            if (feed != null) {
                feed.awaitDelivered();
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
        return result;
    }

    @Override
    public String toString() {
        return "job " + id + " " + state + " of " + request;
    }
}
