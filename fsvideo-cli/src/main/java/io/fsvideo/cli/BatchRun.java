package io.fsvideo.cli;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.OpenOptions;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Works on the items of a batch: one pipeline and one thread per device, each taking the next item that nobody has. */
final class BatchRun {
    /** What became of an item, in the order in which they ended. */
    record Outcome(BatchManifest.Item item, Kind kind, String error) {
        enum Kind {
            MADE,
            ALREADY_DONE,
            ELSEWHERE,
            FAILED
        }
    }

    /** Told of every outcome, from the devices' threads, one at a time. */
    interface Listener {
        void ended(Outcome outcome);
    }

    private final Path model;
    private final BatchState state;
    private final Listener listener;
    private final Queue<BatchManifest.Item> waiting;
    private final ConcurrentHashMap<String, Job> running = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    BatchRun(Path model, BatchState state, List<BatchManifest.Item> items, Listener listener) {
        this.model = model;
        this.state = state;
        this.listener = listener;
        waiting = new ConcurrentLinkedQueue<>(items);
    }

    /** Ends soon: requests in hand are cancelled, no other is begun. */
    void stop() {
        stopped = true;
        running.values().forEach(Job::cancel);
    }

    /**
     * Returns when every item was made, skipped or has failed, or the run was stopped.
     *
     * @param devices how to open the model on each device
     * @throws FsVideoException when the model could not be opened on any of them
     */
    void work(List<OpenOptions> devices) {
        List<Thread> threads = new ArrayList<>();
        List<Throwable> refused = new ArrayList<>();
        for (OpenOptions device : devices) {
            Thread thread = new Thread(() -> workOn(device, refused), "fsvideo batch " + device.backend());
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            join(thread);
        }
        if (!refused.isEmpty()) {
            if (refused.get(0) instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) refused.get(0);
        }
    }

    private void join(Thread thread) {
        while (true) {
            try {
                thread.join();
                return;
            } catch (InterruptedException e) {
                stop();
            }
        }
    }

    private void workOn(OpenOptions device, List<Throwable> refused) {
        try (FsVideo fsVideo = FsVideo.open(model, device)) {
            for (BatchManifest.Item item = waiting.poll(); item != null && !stopped; item = waiting.poll()) {
                Outcome outcome = attempt(fsVideo, item);
                if (outcome != null) {
                    synchronized (this) {
                        listener.ended(outcome);
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            synchronized (refused) {
                refused.add(e);
            }
        }
    }

    /** Null when the run was stopped meanwhile. A failure of one item is kept, and the next one begun. */
    private Outcome attempt(FsVideo fsVideo, BatchManifest.Item item) {
        try {
            Optional<BatchState.Claim> free = state.claim(item);
            if (free.isEmpty()) {
                return new Outcome(item, Outcome.Kind.ELSEWHERE, null);
            }
            try (BatchState.Claim claim = free.get()) {
                if (claim.done()) {
                    return new Outcome(item, Outcome.Kind.ALREADY_DONE, null);
                }
                make(fsVideo, item);
                claim.finish(item.out());
                return new Outcome(item, Outcome.Kind.MADE, null);
            }
        } catch (CancelledException e) {
            return null;
        } catch (FsVideoException | IOException e) {
            return new Outcome(item, Outcome.Kind.FAILED, e.getMessage());
        } catch (RuntimeException | Error e) {
            // A full heap, or a defect: this item's, not the others'.
            return new Outcome(item, Outcome.Kind.FAILED, e.toString());
        }
    }

    private void make(FsVideo fsVideo, BatchManifest.Item item) {
        item.format().requireWritable(item.out());
        Job job = fsVideo.submit(item.request());
        running.put(item.key(), job);
        try {
            if (stopped) {
                job.cancel();
            }
            job.join().video().write(item.out(), item.format());
        } finally {
            running.remove(item.key());
        }
    }
}
