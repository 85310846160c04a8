package io.fsvideo;

import io.fsvideo.model.Dit;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Noise to latents with one transformer. */
record Denoiser(Dit dit, Job job, Tracker tracker) {
    /** What does not change from step to step. @param clip image rows, or null without an image branch */
    record Conditions(List<Tensor> texts, Tensor clip, Tensor latent) {}

    /**
     * The model reads channels {@code [noise | mask | condition]}.
     *
     * @param conditions texts are one per guidance branch; latent is {@code [1, frames, height, width, channels]}, its channels none
     *     for a model that reads the noise alone
     * @param stream noise stream of the request's seed
     */
    Tensor run(Arena a, Conditions conditions, NoiseSchedule schedule, Guidance guidance, int stream) {
        try (Arena t = a.child("sample")) {
            Dit.Context context = dit.prepare(t, conditions.texts(), conditions.clip());
            Tensor known = conditions.latent();
            Tensor noise = t.noise(
                    DType.F32,
                    job.seed(),
                    stream,
                    known.shape().with(-1, dit.config().outDim()).toArray());
            Sampling.Velocity velocity = (s, x, time) -> {
                Tensor noisy = s.cast(x, known.dtype());
                Tensor input = guidance.input(s, known.dim(-1) == 0 ? noisy : s.concat(-1, List.of(noisy, known)));
                float[] times = new float[guidance.branches()];
                Arrays.fill(times, time);
                return guidance.combine(s, s.cast(dit.forward(s, input, times, context), DType.F32));
            };
            return t.keep(
                    Sampling.run(t, job.sampler(), schedule, noise, velocity, (done, steps, x) -> tracker.step()));
        }
    }
}
