package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/**
 * Goes to the predicted data and back up to the next level with other noise: {@code x' = (1 - sigma') (x - sigma v) + sigma' noise}, as consistency
 * models and those distilled by distribution matching are sampled. Source: thu-ml/TurboDiffusion inference/wan2.1_t2v_infer.py and hao-ai-lab/FastVideo
 * pipelines/stages/denoising.py.
 */
final class Renoise implements Solver {
    private final NoiseSchedule schedule;
    private final FreshNoise noise;
    private final Levels levels;

    Renoise(NoiseSchedule schedule, FreshNoise noise) {
        this.schedule = schedule;
        this.noise = noise;
        this.levels = new Levels(schedule);
    }

    @Override
    public double noiseScale() {
        return schedule.sigma(0);
    }

    @Override
    public Tensor step(Arena a, Tensor sample, Tensor velocity) {
        int i = levels.advance();
        double to = schedule.sigma(i + 1);
        Combination next = new Combination().plus(1 - to, sample).plus(-(1 - to) * schedule.sigma(i), velocity);
        if (to == 0) {
            return next.sum(a);
        }
        try (Arena t = a.child("noise")) {
            return t.keep(next.plus(to, noise.of(t, i, sample)).sum(t));
        }
    }

    @Override
    public void close() {}
}
