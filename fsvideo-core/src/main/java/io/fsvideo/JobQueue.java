package io.fsvideo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Jobs in order of submission, one of which runs. Each turn is one task of the executor; no thread waits for a job. The next turn begins
 * before the last job's future ends, so that what depends on the future may block.
 */
final class JobQueue {
    /** Makes a job's video, or throws. */
    interface Work {
        Result run(Job job);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();
    private final Deque<Job> waiting = new ArrayDeque<>();
    private final Executor executor;
    private final int limit;
    private final Work work;
    private final BooleanSupplier isComputing;
    private Job running;
    private boolean hasTurn;
    private boolean closed;

    /** @param isComputing whether the calling thread computes for this model, so that waiting would wait for itself */
    JobQueue(Executor executor, int limit, Work work, BooleanSupplier isComputing) {
        this.isComputing = isComputing;
        this.executor = executor;
        this.limit = limit;
        this.work = work;
    }

    /**
     * Appends a job.
     *
     * @throws ClosedException after {@link #close}
     * @throws BusyException when the queue is full, or the executor refuses
     */
    void submit(Job job) {
        boolean begin;
        lock.lock();
        try {
            requireOpen();
            if (waiting.size() >= limit) {
                throw new BusyException("submit: at most " + limit + " jobs may wait, got one more; try again when one"
                        + " has ended, or open the model with a longer queue");
            }
            waiting.add(job);
            begin = !hasTurn;
            hasTurn = true;
        } finally {
            lock.unlock();
        }
        if (begin) {
            try {
                executor.execute(this::turn);
            } catch (RejectedExecutionException e) {
                remove(job);
                refuseWaiting(e);
                throw refused(e);
            }
        }
    }

    /** @throws RequestException on a thread that computes */
    void requireMayWait(String place) {
        if (isComputing.getAsBoolean()) {
            throw new RequestException(
                    place + ": must not be called on the thread that computes, it would wait for itself;"
                            + " submit the request and wait elsewhere");
        }
    }

    void requireOpen() {
        lock.lock();
        try {
            if (closed) {
                throw new ClosedException("fsvideo: the model is closed; open it again to use it");
            }
        } finally {
            lock.unlock();
        }
    }

    private static BusyException refused(RejectedExecutionException e) {
        return new BusyException("submit: the executor that the model was opened with must take the job, got " + e, e);
    }

    private void refuseWaiting(RejectedExecutionException e) {
        List<Job> refused;
        lock.lock();
        try {
            hasTurn = false;
            refused = new ArrayList<>(waiting);
            waiting.clear();
            empty.signalAll();
        } finally {
            lock.unlock();
        }
        for (Job job : refused) {
            job.settle(null, refused(e));
            job.endFuture();
        }
    }

    /** Runs the next job. */
    private void turn() {
        Job job = next();
        if (job == null) {
            return;
        }
        job.tellStarted();
        try {
            job.cancellation().check("before its first stage");
            job.settle(work.run(job), null);
        } catch (Throwable e) {
            job.settle(null, e);
        }
        if (ended()) {
            try {
                executor.execute(this::turn);
            } catch (RejectedExecutionException e) {
                refuseWaiting(e);
            }
        }
        job.endFuture();
    }

    private Job next() {
        lock.lock();
        try {
            running = waiting.poll();
            if (running == null) {
                hasTurn = false;
                empty.signalAll();
            } else {
                running.start();
            }
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Whether another job waits. */
    private boolean ended() {
        lock.lock();
        try {
            running = null;
            hasTurn = !waiting.isEmpty();
            empty.signalAll();
            return hasTurn;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a job that waits out of the queue; false when it does not wait. */
    boolean remove(Job job) {
        lock.lock();
        try {
            boolean removed = waiting.remove(job);
            empty.signalAll();
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /** The place of a job that waits, 1 for the next; 0 for another. */
    int place(Job job) {
        lock.lock();
        try {
            int place = 0;
            for (Job other : waiting) {
                place++;
                if (other == job) {
                    return place;
                }
            }
            return 0;
        } finally {
            lock.unlock();
        }
    }

    Optional<Job> running() {
        lock.lock();
        try {
            return Optional.ofNullable(running);
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more jobs. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Stops every job; the running one first, as it takes longest. */
    void stopAll(String why) {
        List<Job> jobs;
        lock.lock();
        try {
            jobs = new ArrayList<>();
            if (running != null) {
                jobs.add(running);
            }
            jobs.addAll(waiting);
        } finally {
            lock.unlock();
        }
        jobs.forEach(job -> job.stop(why));
    }

    /** Waits until no job waits or runs, or the time is over. */
    void awaitEmpty(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!isEmpty() && left > 0) {
                left = empty.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    void awaitEmptyUninterruptibly() {
        lock.lock();
        try {
            while (!isEmpty()) {
                empty.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isEmpty() {
        return running == null && waiting.isEmpty();
    }
}
