package io.fsvideo.bench;

import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Stage;
import io.fsvideo.model.ClipStream;
import io.fsvideo.model.VideoAutoencoder;
import io.fsvideo.pipeline.Cancellation;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.ShapesOnly;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The decoder of a model alone, one that needs nothing but latents, as Wan's and DC-VideoGen's,, on random weights and latents, streaming as in a generation: what a clip of some
 * size takes, on a machine that has no room for the other parts.
 */
final class DecodeTrial {
    private final ModelConfig config;
    private final ResolvedRequest job;

    /** @param request size and frames, as for a generation */
    public DecodeTrial(ModelConfig config, Request request) {
        this.config = config;
        this.job = ResolvedRequest.of(request, config);
    }

    /**
     * What was found.
     *
     * @param weightBytes of encoder and decoder
     * @param plannedPeakBytes most bytes in use, weights included, by a dry run of the same calls
     * @param peakBytes most bytes that were in use
     * @param steps time of each step of the stream
     */
    public record Outcome(long weightBytes, long plannedPeakBytes, long peakBytes, List<Duration> steps) {}

    /** Plans, then runs, in F32. */
    public Outcome run(Backend backend, ProgressListener listener) {
        long planned;
        try (Backend plan = backend.planning()) {
            run(plan, new ShapesOnly(), ProgressListener.NONE, new ArrayList<>());
            planned = plan.peakBytes();
        }
        List<Duration> steps = new ArrayList<>();
        long before = backend.bytesInUse();
        long loaded = run(backend, new RandomSource(job.seed()), listener, steps);
        return new Outcome(loaded - before, planned, backend.peakBytes(), steps);
    }

    private VideoAutoencoder autoencoder(Weights w) {
        if (config.part(Part.AUTOENCODER).constructor().apply(w) instanceof VideoAutoencoder streaming) {
            return streaming;
        }
        throw new FsVideoException("bench decode: --config must be a model whose autoencoder needs nothing but latents,"
                + " such as Wan's and DC-VideoGen's, got " + config.pipeline().name());
    }

    private long run(Backend backend, TensorSource source, ProgressListener listener, List<Duration> steps) {
        Geometry g = job.geometry();
        try (Arena weights = Arena.root(backend, "weights");
                Arena a = Arena.root(backend, "decode")) {
            VideoAutoencoder model = Weights.load(weights, source, DType.F32, this::autoencoder);
            long loaded = backend.bytesInUse();
            backend.resetPeak();
            Tensor latent = a.noise(
                    DType.F32,
                    job.seed(),
                    0,
                    1,
                    g.latentFrames(),
                    g.latentHeight(),
                    g.latentWidth(),
                    model.latentChannels());
            Tracker tracker = new Tracker(new Cancellation(), listener);
            tracker.begin(Stage.DECODE, (g.latentFrames() + model.decodeStep() - 1) / model.decodeStep());
            try (ClipStream stream = model.decoderStream(a)) {
                for (int from = 0; from < g.latentFrames(); from += model.decodeStep()) {
                    long started = System.nanoTime();
                    try (Arena t = a.child("step")) {
                        int to = Math.min(from + model.decodeStep(), g.latentFrames());
                        stream.next(t, t.slice(latent, 1, from, to)).toFloats();
                    }
                    steps.add(Duration.ofNanos(System.nanoTime() - started));
                    tracker.step();
                }
            }
            return loaded;
        }
    }
}
