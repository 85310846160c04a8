package io.fsvideo;

import io.fsvideo.model.Dit;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Noise to latents with one transformer.
 *
 * @param job gives the seed and the solver
 * @param branches ranks that run one branch of guidance each; one alone runs all
 */
record Denoiser(Dit dit, Job job, Tracker tracker, Comm branches) {
    /** What does not change from step to step. @param clip image rows, or null without an image branch */
    record Conditions(List<Tensor> texts, Tensor clip, Tensor latent) {}

    /**
     * How the steps are made.
     *
     * @param guidance at the steps that have it
     * @param guided which steps have it; not read without guidance
     * @param cacheThreshold of the step cache, 0 for none
     */
    record Steps(NoiseSchedule schedule, Guidance guidance, List<Boolean> guided, float cacheThreshold) {
        /** All alike, without guidance. */
        static Steps plain(NoiseSchedule schedule) {
            return new Steps(schedule, Guidance.NONE, List.of(), 0);
        }

        Guidance at(int step) {
            return guidance.branches() == 1 || guided.get(step) ? guidance : Guidance.NONE;
        }

        /** Whether some steps run the conditional branch alone, which then needs its own keys and values. */
        boolean isMixed() {
            return guidance.branches() > 1 && guided.contains(false);
        }
    }

    /**
     * The model reads channels {@code [noise | mask | condition]}.
     *
     * @param conditions texts are one per guidance branch; latent is {@code [1, frames, height, width, channels]}, its channels none
     *     for a model that reads the noise alone
     * @param stream noise stream of the request's seed
     */
    Tensor run(Arena a, Conditions conditions, Steps steps, int stream) {
        try (Arena t = a.child("sample");
                StepCache cache = new StepCache(t, steps.cacheThreshold, steps.schedule.steps())) {
            Dit.Context all = dit.prepare(t, own(conditions.texts()), conditions.clip());
            Dit.Context alone =
                    steps.isMixed() ? dit.prepare(t, conditions.texts().subList(0, 1), conditions.clip()) : all;
            Tensor known = conditions.latent();
            Tensor noise = t.noise(
                    DType.F32,
                    job.seed(),
                    stream,
                    known.shape().with(-1, dit.config().outDim()).toArray());
            Dit.Shortcut shortcut = steps.cacheThreshold > 0 ? cache : Dit.Shortcut.NONE;
            try (Predictor predictor = new Predictor(t, dit, all, alone, known, shortcut, branches)) {
                int[] step = {0};
                Sampling.Velocity velocity = (s, x, time) -> {
                    Guidance guidance = steps.at(step[0]++);
                    cache.use(guidance.branches());
                    return predictor.velocity(guidance, x, time);
                };
                Tensor latent = Sampling.run(
                        t, job.sampler(), steps.schedule, noise, velocity, (done, count, x) -> tracker.step());
                tracker.skippedSteps(cache.skipped());
                return t.keep(latent);
            }
        }
    }

    private List<Tensor> own(List<Tensor> texts) {
        return Predictor.isSplit(branches, texts.size()) ? texts.subList(branches.rank(), branches.rank() + 1) : texts;
    }
}
