package io.fsvideo.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Runs numbered tasks on a fixed set of threads; the calling thread takes part. Which thread runs which task is left to chance, so tasks
 * write disjoint places and their number depends on shapes only. One operation at a time: see {@link #exclusively}.
 */
final class WorkerPool implements AutoCloseable {
    /** One numbered piece of an operation. */
    @FunctionalInterface
    interface Task {
        void run(Worker worker, int index);
    }

    /** A piece of a range. */
    @FunctionalInterface
    interface RangeTask {
        void run(Worker worker, long from, long to);
    }

    /** About what it takes to wake a sleeping thread, so waiting costs at most twice what it must. */
    private static final long SPIN_NANOS = 50_000;

    private final ReentrantLock gate = new ReentrantLock();
    private final Worker caller;
    private final List<PoolThread> poolThreads = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private volatile boolean closed;

    WorkerPool(int threads, OneDnn oneDnn, NativePool memory) {
        caller = new Worker(oneDnn, memory);
        workers.add(caller);
        for (int i = 1; i < threads; i++) {
            Worker worker = new Worker(oneDnn, memory);
            workers.add(worker);
            PoolThread thread = new PoolThread(worker, i);
            poolThreads.add(thread);
            thread.start();
        }
    }

    /** All workers; only to be touched {@link #exclusively}. */
    List<Worker> workers() {
        return workers;
    }

    /** Runs a whole operation while no other one runs on this backend. */
    void exclusively(Runnable operation) {
        gate.lock();
        try {
            if (closed) {
                throw new IllegalStateException("cpu: the backend was used after it was closed");
            }
            caller.enter();
            operation.run();
        } finally {
            caller.leave();
            gate.unlock();
        }
    }

    /** Runs {@code task} for 0 .. count - 1 and waits; the first exception is thrown here after all threads stopped. */
    void run(long count, Task task) {
        Job job = new Job(Math.toIntExact(count), task);
        int helping = (int) Math.min(poolThreads.size(), count - 1);
        job.running.set(Math.max(0, helping));
        for (int i = 0; i < helping; i++) {
            poolThreads.get(i).assign(job);
        }
        job.work(caller);
        job.await();
        job.rethrow();
    }

    /** Cuts 0 .. total - 1 into pieces of {@code grain} and runs {@code task} on each. */
    void runRange(long total, long grain, RangeTask task) {
        long step = Math.max(1, grain);
        run((total + step - 1) / step, (worker, i) -> task.run(worker, i * step, Math.min(total, (i + 1) * step)));
    }

    @Override
    public void close() {
        gate.lock();
        try {
            closed = true;
            poolThreads.forEach(PoolThread::finish);
            workers.forEach(Worker::close);
        } finally {
            gate.unlock();
        }
    }

    /** Whether {@code waiting} still holds after a while. */
    private static boolean spinWhile(BooleanSupplier waiting) {
        long start = System.nanoTime();
        while (waiting.getAsBoolean()) {
            if (System.nanoTime() - start > SPIN_NANOS) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    private static final class Job {
        private final int count;
        private final Task task;
        private final Thread owner = Thread.currentThread();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Job(int count, Task task) {
            this.count = count;
            this.task = task;
        }

        void work(Worker worker) {
            try {
                for (int i = next.getAndIncrement(); i < count && failure.get() == null; i = next.getAndIncrement()) {
                    task.run(worker, i);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }

        void threadDone() {
            if (running.decrementAndGet() == 0) {
                LockSupport.unpark(owner);
            }
        }

        void await() {
            spinWhile(() -> running.get() > 0);
            boolean interrupted = false;
            while (running.get() > 0) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                owner.interrupt();
            }
        }

        void rethrow() {
            Throwable thrown = failure.get();
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }

    private final class PoolThread extends Thread {
        private final Worker worker;
        private volatile Job assigned;

        PoolThread(Worker worker, int number) {
            super("fsvideo-cpu-" + number);
            this.worker = worker;
            setDaemon(true);
        }

        void assign(Job job) {
            assigned = job;
            LockSupport.unpark(this);
        }

        @Override
        public void run() {
            worker.enter();
            while (true) {
                Job job = assigned;
                if (job != null) {
                    assigned = null;
                    job.work(worker);
                    worker.leave();
                    job.threadDone();
                } else if (closed) {
                    return;
                } else if (spinWhile(() -> assigned == null && !closed)) {
                    LockSupport.park(this);
                }
            }
        }

        void finish() {
            LockSupport.unpark(this);
            boolean interrupted = false;
            while (isAlive()) {
                try {
                    join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
