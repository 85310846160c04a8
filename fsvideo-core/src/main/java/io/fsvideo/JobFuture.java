package io.fsvideo;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The future of a job's result, and every future derived from it. When anyone but the job ends one (cancels it, lets it time out,
 * completes it), the job is stopped: it is asked to before the future ends, so that nobody sees the end first, and taken out of its queue
 * after, so that the future ends as it was told to.
 */
final class JobFuture<T> extends CompletableFuture<T> {
    private final Job job;

    JobFuture(Job job) {
        this.job = job;
    }

    /** Ends the future as the job itself does. */
    void finish(T value) {
        super.complete(value);
    }

    /** Ends the future as the job itself does. */
    void fail(Throwable failure) {
        super.completeExceptionally(failure);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new JobFuture<>(job);
    }

    @Override
    public boolean complete(T value) {
        return fromOutside(() -> super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return fromOutside(() -> super.completeExceptionally(failure));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return fromOutside(() -> super.cancel(mayInterruptIfRunning));
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        super.completeAsync(
                () -> {
                    T value = supplier.get();
                    job.futureEnds();
                    return value;
                },
                executor);
        whenComplete((value, failure) -> job.futureEnded());
        return this;
    }

    @Override
    public void obtrudeValue(T value) {
        job.futureEnds();
        super.obtrudeValue(value);
        job.futureEnded();
    }

    @Override
    public void obtrudeException(Throwable failure) {
        job.futureEnds();
        super.obtrudeException(failure);
        job.futureEnded();
    }

    private boolean fromOutside(Supplier<Boolean> end) {
        if (!isDone()) {
            job.futureEnds();
        }
        boolean ended = end.get();
        if (ended) {
            job.futureEnded();
        }
        return ended;
    }
}
