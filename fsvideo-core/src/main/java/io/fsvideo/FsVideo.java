package io.fsvideo;

import io.fsvideo.family.ModelDirectory;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.Job;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.Resources;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.TapListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * A loaded model that turns images into videos. Thread-safe: requests queue on the device, first come first served. Must be closed.
 *
 * <pre>{@code
 * try (FsVideo fs = FsVideo.open(Path.of("models/tiny"))) {
 *     Result result = fs.generate(Request.of(image).withPrompt("the camera pans left").withSeed(7));
 *     result.video().writeMp4(Path.of("out.mp4"));
 * }
 * }</pre>
 *
 * @since 0.1
 */
public final class FsVideo implements AutoCloseable {
    private static final long CANCEL_POLL_MILLIS = 20;

    private final PipelineRanks ranks;
    private final OpenOptions options;
    private final Prompts prompts;
    private final Resources resources;
    private final ReentrantLock device = new ReentrantLock(true);
    private volatile boolean closed;

    private FsVideo(PipelineRanks ranks, OpenOptions options, Prompts prompts, Resources resources) {
        this.ranks = ranks;
        this.options = options;
        this.prompts = prompts;
        this.resources = resources;
    }

    /** Opens a model directory on the CPU with all its processors. */
    public static FsVideo open(Path directory) {
        return open(directory, OpenOptions.defaults());
    }

    /**
     * Opens a model directory.
     *
     * @throws ModelException when a part is missing or its configuration cannot be read
     * @throws io.fsvideo.weights.WeightsException when a checkpoint is corrupt or does not fit its configuration
     * @throws io.fsvideo.tensor.BackendException when the backend is unknown or cannot be loaded
     */
    public static FsVideo open(Path directory, OpenOptions options) {
        ModelDirectory model = ModelDirectory.open(directory);
        Resources resources = new Resources();
        try {
            model.requireWeights(options);
            Prompts prompts =
                    resources.add(Prompts.open(model.tokenizer(), model.config().textLen()));
            PipelineRanks ranks = resources.add(PipelineRanks.open(model, options));
            return new FsVideo(ranks, options, prompts, resources);
        } catch (RuntimeException | Error e) {
            try {
                resources.close();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /** Finds what {@code request} would take, without computing or allocating any of it; on the first of several devices. */
    public MemoryPlan plan(Request request) {
        requireOpen();
        return plan(ranks.first(), request);
    }

    /** Finds what {@code request} would take on each device, in the order they were given. */
    public List<MemoryPlan> planPerDevice(Request request) {
        requireOpen();
        return ranks.all().stream().map(rank -> plan(rank, request)).toList();
    }

    private MemoryPlan plan(PipelineRanks.Rank rank, Request request) {
        return Planner.plan(
                rank.pipeline().config(),
                rank.backend(),
                options,
                request,
                prompts,
                rank.pipeline().parts()::scaled);
    }

    /** Does what {@link #generate(Request, ProgressListener)} does, without a listener. */
    public Result generate(Request request) {
        return generate(request, ProgressListener.NONE);
    }

    /**
     * Makes one video; waits for its turn first.
     *
     * @throws CancelledException after {@link Request#cancel}; everything is freed, the pipeline stays usable
     * @throws io.fsvideo.tensor.OutOfMemoryException when the backend has no room; likewise
     */
    public Result generate(Request request, ProgressListener listener) {
        requireOpen();
        awaitDevice(request);
        try {
            requireOpen();
            List<Result> results = ranks.run(
                    rank -> generate(rank, request, rank == ranks.first() ? listener : ProgressListener.NONE));
            long peak = results.stream().mapToLong(Result::peakBytes).max().orElseThrow();
            return new Result(results.get(0).video(), results.get(0).timings(), peak);
        } finally {
            device.unlock();
        }
    }

    private Result generate(PipelineRanks.Rank rank, Request request, ProgressListener listener) {
        Pipeline pipeline = rank.pipeline();
        Backend backend = rank.backend();
        Tracker tracker = new Tracker(request, listener);
        backend.resetPeak();
        Job job = Job.of(request, pipeline.config());
        TapListener taps = rank == ranks.first() ? request.taps() : TapListener.NONE;
        try (Arena a = Arena.root(backend, "generation", taps)) {
            Video video = pipeline.run(a, job, prompts, tracker);
            Map<String, String> metadata = job.metadata(pipeline.config().pipeline(), tracker.skippedSteps());
            return new Result(
                    video == null ? null : video.withMetadata(metadata), tracker.timings(), backend.peakBytes());
        } catch (OutOfMemoryException e) {
            throw new OutOfMemoryException(e.getMessage() + "; weights on the backend when idle: "
                    + pipeline.parts().describeResident());
        }
    }

    /** Does what {@link #generate} does on another thread; cancelling the future cancels the request. */
    public CompletableFuture<Result> generateAsync(Request request, ProgressListener listener) {
        requireOpen();
        CompletableFuture<Result> future = new CompletableFuture<>();
        Thread worker = new Thread(() -> complete(future, request, listener), "fsvideo-generate");
        worker.setDaemon(true);
        future.whenComplete((result, failure) -> {
            if (future.isCancelled()) {
                request.cancel();
            }
        });
        worker.start();
        return future;
    }

    private void complete(CompletableFuture<Result> future, Request request, ProgressListener listener) {
        try {
            future.complete(generate(request, listener));
        } catch (Throwable failure) {
            future.completeExceptionally(failure);
        }
    }

    private void awaitDevice(Request request) {
        try {
            while (!device.tryLock(CANCEL_POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                if (request.isCancelled()) {
                    throw new CancelledException("generate: the request was cancelled before its turn");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("generate: the thread was interrupted while the request waited for its turn");
        }
    }

    /** Returns the model's name and the backend's description. */
    public String description() {
        return ranks.first().pipeline().config().pipeline().name() + " on "
                + ranks.all().stream()
                        .map(rank -> rank.backend().description())
                        .distinct()
                        .collect(Collectors.joining(", "));
    }

    /**
     * Returns how the parts are stored that are not plain: container, prefix, scales, quantised types, dialect of the names; in words for
     * people, by the parts' folders.
     */
    public Map<String, List<String>> findings() {
        return ranks.first().pipeline().parts().findings();
    }

    /** Returns the bytes in use on all devices: the weights, and what running generations hold. */
    public long bytesInUse() {
        return ranks.all().stream()
                .mapToLong(rank -> rank.backend().bytesInUse())
                .sum();
    }

    private void requireOpen() {
        if (closed) {
            throw new ClosedException("fsvideo: the model is closed; open it again to use it");
        }
    }

    /** Waits for a running generation, then frees everything. */
    @Override
    public void close() {
        device.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            resources.close();
        } finally {
            device.unlock();
        }
    }
}
