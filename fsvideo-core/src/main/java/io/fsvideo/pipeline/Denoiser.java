package io.fsvideo.pipeline;

import io.fsvideo.model.Transformer;
import io.fsvideo.sample.FreshNoise;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * The sampling loop around one transformer: from noise to latents.
 *
 * @param transformer predicts the velocity
 * @param job gives the seed and the solver
 * @param tracker hears of every step
 * @param branches ranks that run one branch of guidance each; one alone runs all
 * @since 0.1
 */
public record Denoiser(Transformer transformer, ResolvedRequest job, Tracker tracker, Comm branches) {
    /** Noise streams between those of two transformers: more than a run has steps. */
    private static final int FRESH_STREAMS = 1 << 12;

    /**
     * What does not change from step to step.
     *
     * @param texts one per guidance branch, each {@code [rows, textDim]}
     * @param clip image rows {@code [1, rows, clipDim]}, or null without an image branch
     * @param latent {@code [1, frames, height, width, channels]}: what the model reads beside the noise, of no channels for a model
     *     that reads the noise alone
     */
    public record Conditions(List<Tensor> texts, Tensor clip, Tensor latent) {}

    /**
     * How the steps are made.
     *
     * @param schedule noise levels
     * @param guidance at the steps that have it
     * @param guided which steps have it; not read without guidance
     * @param shortcut stands in for blocks of the transformer
     */
    public record Steps(
            NoiseSchedule schedule, Guidance guidance, List<Boolean> guided, Transformer.Shortcut.Factory shortcut) {
        /** Returns steps that are all alike, without guidance or shortcut. */
        public static Steps plain(NoiseSchedule schedule) {
            return new Steps(schedule, Guidance.NONE, List.of(), Transformer.Shortcut.Factory.NONE);
        }

        private Guidance at(int step) {
            return guidance.branches() == 1 || guided.get(step) ? guidance : Guidance.NONE;
        }

        /** Whether some steps run the conditional branch alone, which then needs its own keys and values. */
        private boolean isMixed() {
            return guidance.branches() > 1 && guided.contains(false);
        }
    }

    /**
     * Makes all steps. The transformer reads channels {@code [noise | latent of the conditions]}.
     *
     * @param conditions one text per guidance branch
     * @param stream noise stream of the request's seed: another number, other noise
     * @return {@code [1, frames, height, width, outDim]} F32, in {@code a}
     */
    public Tensor run(Arena a, Conditions conditions, Steps steps, int stream) {
        try (Arena t = a.child("sample");
                Transformer.Shortcut shortcut = steps.shortcut.of(t, steps.schedule.steps())) {
            Transformer.Prepared all = transformer.prepare(t, own(conditions.texts()), conditions.clip());
            Transformer.Prepared alone =
                    steps.isMixed() ? transformer.prepare(t, conditions.texts().subList(0, 1), conditions.clip()) : all;
            Tensor known = conditions.latent();
            Tensor noise = t.noise(
                    DType.F32,
                    job.seed(),
                    stream,
                    known.shape().with(-1, transformer.outDim()).toArray());
            try (Predictor predictor = new Predictor(t, transformer, all, alone, known, shortcut, branches)) {
                int[] step = {0};
                Sampling.Velocity velocity = (s, x, time) -> {
                    Tensor predicted = predictor.velocity(steps.at(step[0]), x, time);
                    show(x, predicted, steps.schedule.sigma(step[0]), ++step[0]);
                    return predicted;
                };
                FreshNoise fresh = (s, at, like) -> s.noise(
                        DType.F32,
                        job.seed(),
                        FRESH_STREAMS * (stream + 1) + at,
                        like.shape().toArray());
                Tensor latent = Sampling.run(
                        t, job.sampler(), steps.schedule, noise, fresh, velocity, (done, count, x) -> tracker.step());
                tracker.skippedSteps(shortcut.skippedSteps());
                return t.keep(latent);
            }
        }
    }

    /** Lets the tracker see the data that a velocity leads to, where it wants to: the sample is {@code (1 - sigma) data + sigma noise}. */
    private void show(Tensor sample, Tensor velocity, double sigma, int step) {
        if (!tracker.shows(step)) {
            return;
        }
        float[] data = sample.toFloats();
        float[] slope = velocity.toFloats();
        for (int i = 0; i < data.length; i++) {
            data[i] -= (float) sigma * slope[i];
        }
        tracker.predicted(data, (int) sample.dim(1), (int) sample.dim(2), (int) sample.dim(3));
    }

    private List<Tensor> own(List<Tensor> texts) {
        return Predictor.isSplit(branches, texts.size()) ? texts.subList(branches.rank(), branches.rank() + 1) : texts;
    }
}
