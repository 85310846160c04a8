package io.fsvideo.bench;

import io.fsvideo.Request;
import io.fsvideo.Stage;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.pipeline.Cancellation;
import io.fsvideo.pipeline.Denoiser;
import io.fsvideo.pipeline.DitWork;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.ShapesOnly;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sampling steps of a model's transformer alone, on random weights and random conditions: what a step takes, on a machine that has
 * neither the checkpoint nor room for the other parts. The steps are those of a generation.
 */
final class StepTrial {
    private static final int TEXT = 1;
    private static final int IMAGE = 2;
    private static final int LATENT = 3;

    private final DitWork work;
    private final DType dtype;
    private final ResolvedRequest job;

    /**
     * @param config its transformer is run; of FSVideo the base model
     * @param request size, frames, steps, guidance and the rest, as for a generation; images count by their size alone
     * @param dtype what the transformer computes in, F32 or BF16
     */
    public StepTrial(ModelConfig config, Request request, DType dtype) {
        this(work(config, ResolvedRequest.of(request, config)), ResolvedRequest.of(request, config), dtype);
    }

    private StepTrial(DitWork work, ResolvedRequest job, DType dtype) {
        this.work = work;
        this.dtype = dtype;
        this.job = job;
    }

    private static DitWork work(ModelConfig config, ResolvedRequest job) {
        if (config.work(job.geometry()).get(0) instanceof DitWork dit) {
            return dit.with(job.isGuided() ? 2 : 1, 1);
        }
        throw new FsVideoException("bench step: the transformer of " + config.className() + " models is no Dit");
    }

    /** The same of a transformer with only so many layers: what they hold and take at a size whose whole step takes too long. */
    public StepTrial withLayers(int layers) {
        DitConfig fewer = DitConfig.fromJson(work.config().toJson().put("num_layers", layers));
        return new StepTrial(work.with(fewer), job, dtype);
    }

    /**
     * What was found.
     *
     * @param weightBytes of the transformer
     * @param plannedPeakBytes most bytes in use, weights included, by a dry run of the same steps
     * @param peakBytes most bytes that were in use
     * @param steps time of each step
     * @param deviation root mean square of the resulting latents; NaN or infinite when a number in them is
     */
    public record Outcome(
            long weightBytes, long plannedPeakBytes, long peakBytes, List<Duration> steps, double deviation) {}

    /** Tokens of one branch. */
    public long tokens() {
        return work.tokens();
    }

    /** Branches that one step runs. */
    public int branches() {
        return work.branches();
    }

    /** Floating-point operations of one step: the products of matrices, which are nearly all of it. */
    public double flops() {
        return work.splitFlops();
    }

    /** Most bytes in use, weights included, found without computing or allocating anything. */
    private long plannedPeakBytes(Backend target) {
        try (Backend backend = target.planning()) {
            run(backend, new ShapesOnly(), TapListener.NONE, new ArrayList<>());
            return backend.peakBytes();
        }
    }

    /** Plans, then runs. @param taps sees every block's result, as {@code block0}, … */
    public Outcome run(Backend backend, TapListener taps) {
        long planned = plannedPeakBytes(backend);
        List<Duration> steps = new ArrayList<>();
        long before = backend.bytesInUse();
        Found found = run(backend, new RandomSource(job.seed()), taps, steps);
        return new Outcome(found.loaded() - before, planned, backend.peakBytes(), steps, found.deviation());
    }

    /** @param loaded bytes in use after loading */
    private record Found(long loaded, double deviation) {}

    private Found run(Backend backend, TensorSource source, TapListener taps, List<Duration> steps) {
        try (Arena weights = Arena.root(backend, "weights");
                Arena a = Arena.root(backend, "steps", taps)) {
            Dit model = Weights.load(weights, source, dtype, w -> new Dit(w, work.config()));
            long loaded = backend.bytesInUse();
            backend.resetPeak();
            long[] last = {System.nanoTime()};
            Tracker tracker = new Tracker(new Cancellation(), progress -> {
                long now = System.nanoTime();
                if (progress.step() > 0) {
                    steps.add(Duration.ofNanos(now - last[0]));
                }
                last[0] = now;
            });
            tracker.begin(Stage.BASE, job.steps());
            Tensor latent = new Denoiser(model, job, tracker, Comm.single()).run(a, conditions(a), job.baseSteps(), 0);
            return new Found(loaded, deviation(latent));
        }
    }

    private Denoiser.Conditions conditions(Arena a) {
        DitConfig dit = work.config();
        List<Tensor> texts = new ArrayList<>();
        for (int branch = 0; branch < branches(); branch++) {
            texts.add(a.noise(DType.F32, job.seed() + branch, TEXT, dit.textLen(), dit.textDim()));
        }
        Tensor clip =
                dit.clipDim() == 0 ? null : a.noise(DType.F32, job.seed(), IMAGE, 1, work.imageRows(), dit.clipDim());
        long known = dit.inDim() - dit.outDim();
        Tensor latent = known == 0
                ? a.fill(dtype, 0, latentShape(0))
                : a.cast(a.noise(DType.F32, job.seed(), LATENT, latentShape(known)), dtype);
        return new Denoiser.Conditions(texts, clip, latent);
    }

    private long[] latentShape(long channels) {
        return new long[] {1, work.frames(), work.height(), work.width(), channels};
    }

    private static double deviation(Tensor latent) {
        double sum = 0;
        for (float value : latent.toFloats()) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / latent.numel());
    }
}
