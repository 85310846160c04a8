package io.fsvideo;

import io.fsvideo.media.Video;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.weights.RenamedSource;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A loaded model that turns images into videos. Thread-safe: requests queue on the device, first come first served. Must be closed.
 *
 * <pre>{@code
 * try (FsVideo fs = FsVideo.open(Path.of("models/tiny"))) {
 *     Result result = fs.generate(Request.of(image).withPrompt("the camera pans left").withSeed(7));
 *     result.video().writeMp4(Path.of("out.mp4"));
 * }
 * }</pre>
 */
public final class FsVideo implements AutoCloseable {
    private static final long CANCEL_POLL_MILLIS = 20;

    private final Backend backend;
    private final OpenOptions options;
    private final Pipeline pipeline;
    private final Prompts prompts;
    private final Resources resources;
    private final ReentrantLock device = new ReentrantLock(true);
    private volatile boolean closed;

    private FsVideo(Backend backend, OpenOptions options, Pipeline pipeline, Prompts prompts, Resources resources) {
        this.backend = backend;
        this.options = options;
        this.pipeline = pipeline;
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
            Prompts prompts =
                    resources.add(Prompts.open(model.tokenizer(), model.config().textLen()));
            Backend backend = resources.add(Backend.open(options.backend(), options.backendOptions()));
            return new FsVideo(backend, options, load(model, backend, options, resources), prompts, resources);
        } catch (RuntimeException | Error e) {
            try {
                resources.close();
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static Pipeline load(ModelDirectory model, Backend backend, OpenOptions options, Resources resources) {
        model.requireWeights();
        Resources files = resources.add(new Resources());
        PartStore parts = resources.add(new PartStore(
                backend,
                options.dtypeOn(backend),
                options.offload(),
                part -> new RenamedSource(files.add(model.weights(part)))));
        Pipeline pipeline = Pipeline.load(parts, model.config());
        if (!parts.readsAgain()) {
            files.close();
        }
        return pipeline;
    }

    /** What {@code request} would take, without computing or allocating any of it. */
    public MemoryPlan plan(Request request) {
        requireOpen();
        return Planner.plan(pipeline.config(), backend, options, request, prompts);
    }

    /** {@link #generate(Request, ProgressListener)} without a listener. */
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
        Tracker tracker = new Tracker(request, listener);
        awaitDevice(request);
        try {
            requireOpen();
            backend.resetPeak();
            Job job = Job.of(request, pipeline.config());
            try (Arena a = Arena.root(backend, "generation")) {
                Video video = pipeline.run(a, job, prompts, tracker);
                return new Result(
                        video.withMetadata(job.metadata(pipeline.config().pipeline(), tracker.skippedSteps())),
                        tracker.timings(),
                        backend.peakBytes());
            }
        } finally {
            device.unlock();
        }
    }

    /** {@link #generate} on another thread; cancelling the future cancels the request. */
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
                    throw new CancelledException(
                            "generate: request must not be cancelled, got a cancellation before its turn");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("generate: thread must not be interrupted, got an interrupt before its turn");
        }
    }

    /** The model's name and the backend's description. */
    public String description() {
        return pipeline.config().pipeline().name() + " on " + backend.description();
    }

    /** Bytes in use on the backend: the weights, and what running generations hold. */
    public long bytesInUse() {
        return backend.bytesInUse();
    }

    private void requireOpen() {
        if (closed) {
            throw new ClosedException("fsvideo: pipeline must be open, got a use after close");
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
