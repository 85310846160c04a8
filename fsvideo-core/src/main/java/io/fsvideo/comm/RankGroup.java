package io.fsvideo.comm;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.CommException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Ranks in this process: one backend and one thread each, the same thread for every task, so that a rank's arenas may live from task to
 * task.
 *
 * <pre>{@code
 * try (RankGroup ranks = RankGroup.open(List.of("cpu", "cpu"), BackendOptions.defaults())) {
 *     List<float[]> sums = ranks.run(backend -> {
 *         try (Arena a = Arena.root(backend, "rank " + backend.comm().rank())) {
 *             Tensor part = a.of("part", new float[] {backend.comm().rank()}, 1);
 *             backend.comm().allReduceSum(part);
 *             return part.toFloats();
 *         }
 *     });
 * }
 * }</pre>
 *
 * Thread-safe: tasks of several callers run one after another.
 */
public final class RankGroup implements AutoCloseable {
    /** How long a rank waits for another in one collective unless told otherwise. */
    public static final Duration TIMEOUT = Duration.ofMinutes(10);

    private final LocalRanks ranks;
    private final List<Backend> backends;
    private final List<ExecutorService> threads = new ArrayList<>();

    private RankGroup(LocalRanks ranks, List<Backend> backends) {
        this.ranks = ranks;
        this.backends = backends;
        for (int rank = 0; rank < backends.size(); rank++) {
            String name = "fsvideo rank " + rank;
            threads.add(Executors.newSingleThreadExecutor(task -> daemon(task, name)));
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Opens a group with a time limit of {@link #TIMEOUT}. */
    public static RankGroup open(List<String> names, BackendOptions options) {
        return open(names, options, TIMEOUT);
    }

    /**
     * Opens the backend of each rank.
     *
     * @param names one backend name per rank, e.g. {@code cuda:0, cuda:1}, or {@code cpu, cpu}
     * @param options of each rank; {@code threads} are shared out between them
     * @param timeout most time a rank waits for another in one collective
     * @throws BackendException when there is no name, or a backend cannot be opened; nothing stays open
     */
    public static RankGroup open(List<String> names, BackendOptions options, Duration timeout) {
        if (names.isEmpty() || timeout.isNegative() || timeout.isZero()) {
            throw new BackendException(
                    "ranks: names must not be empty and timeout > 0, got " + names + " and " + timeout);
        }
        LocalRanks ranks = new LocalRanks(names.size(), timeout);
        BackendOptions share = options.withThreads(Math.max(1, options.threads() / names.size()));
        return new RankGroup(ranks, Backend.openRanks(names, share, ranks.channels()));
    }

    public int size() {
        return backends.size();
    }

    /** The backend of {@code rank}. */
    public Backend backend(int rank) {
        return backends.get(rank);
    }

    /**
     * Runs {@code task} on every rank and returns the results in rank order. When one throws, the others' collectives end too; then its
     * exception is thrown here, after all have ended, and the group can be used again. An interrupt of the caller ends the task too.
     *
     * @throws CommException when a rank did not arrive in time or the ranks did different things
     */
    public synchronized <T> List<T> run(RankTask<T> task) {
        List<Future<T>> running = new ArrayList<>();
        for (int rank = 0; rank < size(); rank++) {
            Backend backend = backends.get(rank);
            running.add(threads.get(rank).submit(() -> runOne(task, backend)));
        }
        List<T> results = new ArrayList<>();
        Outcome outcome = new Outcome();
        for (int rank = 0; rank < size(); rank++) {
            results.add(outcome.await(running.get(rank), backends.get(rank)));
        }
        outcome.endOthers(backends);
        ranks.reset();
        outcome.rethrow();
        return results;
    }

    private static <T> T runOne(RankTask<T> task, Backend backend) {
        try {
            return task.run(backend);
        } catch (RuntimeException | Error e) {
            backend.comm().abort(e);
            throw e;
        }
    }

    /** Ends the threads and closes the backends. @throws IllegalStateException when tensors are still live */
    @Override
    public synchronized void close() {
        threads.forEach(ExecutorService::shutdown);
        RuntimeException first = null;
        for (Backend backend : backends) {
            try {
                backend.close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Collects what the ranks threw; the first that did not merely follow another's failure is the cause. */
    private static final class Outcome {
        private final List<Throwable> thrown = new ArrayList<>();
        private boolean interrupted;

        <T> T await(Future<T> rank, Backend backend) {
            while (true) {
                try {
                    return rank.get();
                } catch (ExecutionException e) {
                    thrown.add(e.getCause());
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                    int number = backend.comm().rank();
                    backend.comm()
                            .abort(new CommException(
                                    number, "ranks: the caller of rank " + number + " was interrupted", e));
                }
            }
        }

        /** A rank that got through before another failed leaves its device's communicator too, so that all join again. */
        void endOthers(List<Backend> backends) {
            if (!thrown.isEmpty()) {
                backends.forEach(backend -> backend.comm().abort(thrown.get(0)));
            }
        }

        void rethrow() {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (thrown.isEmpty()) {
                return;
            }
            Throwable cause = thrown.stream()
                    .filter(e -> !(e instanceof CommException))
                    .findFirst()
                    .orElse(thrown.get(0));
            thrown.stream().filter(e -> e != cause).forEach(cause::addSuppressed);
            if (cause instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) cause;
        }
    }
}
