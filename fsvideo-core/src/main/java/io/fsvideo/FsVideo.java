package io.fsvideo;

import io.fsvideo.family.ModelDirectory;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.pipeline.Keep;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.Pace;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Previews;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Resources;
import io.fsvideo.pipeline.SizeRule;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.TapListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * A loaded model that turns images into videos. Thread-safe: requests wait in one queue, first come first served, and one runs at a
 * time. Must be closed.
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
    private final PipelineRanks ranks;
    private final ModelConfig config;
    private final OpenOptions options;
    private final Prompts prompts;
    private final Resources resources;
    private final Pace pace = new Pace();
    private final JobThreads threads;
    private final JobQueue queue;
    private final Set<Thread> computing = ConcurrentHashMap.newKeySet();
    private final Job.Observer observer;
    private volatile Throwable lastFailure;
    private volatile boolean isClosing;
    private boolean released;

    private FsVideo(PipelineRanks ranks, OpenOptions options, Prompts prompts, Resources resources) {
        this.ranks = ranks;
        this.config = ranks.first().pipeline().config();
        this.options = options;
        this.prompts = prompts;
        this.resources = resources;
        observer = new Job.Observer() {
            @Override
            public void started(Job job) {
                options.jobObserver().started(job);
            }

            @Override
            public void ended(Job job) {
                if (job.state() == Job.State.FAILED) {
                    lastFailure = job.failure().orElseThrow();
                }
                options.jobObserver().ended(job);
            }
        };
        threads = new JobThreads();
        queue = new JobQueue(
                options.executor() == null ? threads.workers() : options.executor(),
                options.queueLimit(),
                this::run,
                this::isComputing);
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
        RequestException.given("open", "directory", directory);
        RequestException.given("open", "options", options);
        FlightEvents.Open event = FlightEvents.Open.begun(directory);
        ModelDirectory model = ModelDirectory.open(directory);
        Resources resources = new Resources();
        try {
            model.requireWeights(options);
            Prompts prompts =
                    resources.add(Prompts.open(model.tokenizer(), model.config().textLen()));
            PipelineRanks ranks = resources.add(PipelineRanks.open(model, options));
            FsVideo opened = new FsVideo(ranks, options, prompts, resources);
            event.ended(opened);
            return opened;
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
        RequestException.given("plan", "request", request);
        queue.requireOpen();
        return plan(ranks.first(), request);
    }

    /** Finds what {@code request} would take on each device, in the order they were given. */
    public List<MemoryPlan> planPerDevice(Request request) {
        RequestException.given("plan", "request", request);
        queue.requireOpen();
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

    /** Does what {@link #submit(Request, ProgressListener)} does, without a listener. */
    public Job submit(Request request) {
        return submit(request, ProgressListener.NONE);
    }

    /**
     * Appends a request to the queue and returns at once. Jobs start in the order of submission, one at a time.
     *
     * @throws RequestException when the model cannot do what is asked
     * @throws BusyException when as many jobs wait as {@link OpenOptions#withQueueLimit} lets
     * @throws ClosedException after {@link #close()}
     */
    public Job submit(Request request, ProgressListener listener) {
        RequestException.given("submit", "request", request);
        RequestException.given("submit", "listener", listener);
        queue.requireOpen();
        ResolvedRequest.of(request, config);
        Job job = new Job(request, listener, observer, queue, threads.notifiers());
        queue.submit(job);
        if (request.timeout() != null) {
            job.startTimer(threads.after(
                    request.timeout(), () -> job.stop("its timeout of " + request.timeout() + " has passed")));
        }
        return job;
    }

    /** Returns how many jobs wait for their turn. */
    public int waiting() {
        return queue.waiting();
    }

    /** Does what {@link #generate(Request, ProgressListener)} does, without a listener. */
    public Result generate(Request request) {
        return generate(request, ProgressListener.NONE);
    }

    /**
     * Makes one video: submits it as {@link #submit(Request, ProgressListener)} does, and waits. An interrupt of the waiting thread
     * stops the job; the thread stays interrupted.
     *
     * @throws CancelledException when the job was stopped: by an interrupt, its timeout or {@link #close()}; everything it held is freed
     * @throws io.fsvideo.tensor.OutOfMemoryException when the backend has no room; likewise
     * @throws RequestException also when called on the thread that computes, which would wait for itself
     */
    public Result generate(Request request, ProgressListener listener) {
        queue.requireMayWait("generate");
        return submit(request, listener).join();
    }

    private boolean isComputing() {
        return computing.contains(Thread.currentThread());
    }

    /** One job's turn. */
    private Result run(Job job) {
        try {
            List<Result> results = ranks.run(
                    rank -> generate(rank, job, rank == ranks.first() ? job::onProgress : ProgressListener.NONE));
            long peak = results.stream().mapToLong(Result::peakBytes).max().orElseThrow();
            return new Result(results.get(0).video(), results.get(0).timings(), peak);
        } finally {
            if (isClosing) {
                release();
            }
        }
    }

    private Result generate(PipelineRanks.Rank rank, Job job, ProgressListener listener) {
        Pipeline pipeline = rank.pipeline();
        Backend backend = rank.backend();
        ResolvedRequest resolved = ResolvedRequest.of(job.request(), config);
        boolean first = rank == ranks.first();
        Tracker[] counting = new Tracker[1];
        Keep keep = new KeptForRequest(
                job.request(), resolved, () -> resolved.metadata(config.pipeline(), counting[0].skippedSteps()));
        Pace.Estimate estimate = resolved.decodesOnly() ? Pace.Estimate.NONE : pace.estimate(resolved, config);
        Tracker tracker = new Tracker(
                job.cancellation(),
                listener,
                estimate,
                first ? resolved.previews() : Previews.NONE,
                first ? keep : Keep.NOTHING);
        counting[0] = tracker;
        backend.resetPeak();
        TapListener taps = first ? job.request().taps() : TapListener.NONE;
        computing.add(Thread.currentThread());
        try (Arena a = Arena.root(backend, "generation", taps, () -> check(job, tracker))) {
            Video video = pipeline.run(a, resolved, prompts, tracker);
            if (first && !resolved.decodesOnly()) {
                pace.learn(resolved, tracker.timings());
            }
            Map<String, String> metadata = resolved.metadata(config.pipeline(), tracker.skippedSteps());
            return new Result(
                    video == null ? null : video.withMetadata(metadata), tracker.timings(), backend.peakBytes());
        } catch (OutOfMemoryException e) {
            throw new OutOfMemoryException(e.getMessage() + "; weights on the backend when idle: "
                    + pipeline.parts().describeResident());
        } finally {
            computing.remove(Thread.currentThread());
        }
    }

    /** Between two layers. A caller's executor interrupts its threads to stop what they do. */
    private static void check(Job job, Tracker tracker) {
        if (Thread.currentThread().isInterrupted()) {
            job.cancellation().cancel("the thread that computed it was interrupted");
        }
        tracker.check();
    }

    /** Returns what the model makes unless a request says otherwise, and what it can be asked for. */
    public ModelInfo model() {
        Defaults d = config.pipeline();
        SizeRule sizes = config.sizes();
        return new ModelInfo(
                d.name(),
                d.frames(),
                d.framesPerSecond(),
                d.height(),
                d.width(),
                d.steps(),
                d.refinerSteps(),
                d.guidance(),
                sizes.sizeStep(),
                sizes.firstFrames(),
                sizes.frameStep(),
                config.inputs().takesImage(),
                config.inputs().takesLastImage(),
                config.latentRgb() != null);
    }

    /** Returns the model's name and the backend's description. */
    public String description() {
        return config.pipeline().name() + " on "
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

    /**
     * How an open model is, for whoever watches over it.
     *
     * @param open whether it takes requests: false once it is being closed
     * @param waiting how many jobs wait
     * @param queueLimit how many may wait
     * @param running the job that has its turn
     * @param bytesInUse bytes in use on all devices
     * @param lastFailure what the latest job that failed ended with; jobs that were stopped do not count
     */
    public record Health(
            boolean open,
            int waiting,
            int queueLimit,
            Optional<Job> running,
            long bytesInUse,
            Optional<Throwable> lastFailure) {
        /** Tells whether a request would be taken now. */
        public boolean takesRequests() {
            return open && waiting < queueLimit;
        }
    }

    /** Returns how the model is just now, also after it was closed. */
    public Health health() {
        boolean open = queue.isOpen();
        return new Health(
                open,
                queue.waiting(),
                options.queueLimit(),
                queue.running(),
                open ? bytesInUse() : 0,
                Optional.ofNullable(lastFailure));
    }

    /** Stops every job, waiting or running, at its next step or layer, and frees everything. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /**
     * Takes no more requests, gives those there are {@code patience} to end, stops the rest as {@link #close()} does, and frees
     * everything. An interrupt of this thread ends the patience. On the thread that computes, as in a listener of every step, it returns
     * at once, and everything is freed when the job has stopped.
     */
    public void close(Duration patience) {
        RequestException.given("close", "patience", patience);
        queue.close();
        boolean isComputing = isComputing();
        boolean interrupted = false;
        try {
            queue.awaitEmpty(isComputing ? 0 : JobThreads.nanos(patience));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (isComputing) {
            isClosing = true;
        }
        queue.stopAll("the model was closed");
        if (!isComputing) {
            queue.awaitEmptyUninterruptibly();
            release();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        synchronized (computing) {
            if (!released) {
                released = true;
                threads.close();
                resources.close();
            }
        }
    }
}
