package io.fsvideo.cuda.checks;

import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One transformer of the pipeline with random weights, made on the device, and random conditions of the full lengths.
 *
 * @param frames latent frames; {@code height} and {@code width} likewise
 */
record TransformerRun(String name, DitConfig config, int steps, Guidance guidance, int frames, int height, int width) {
    private static final int IMAGE_ROWS = 257;
    private static final double SHIFT = 5;

    /** The base model at half the height and width, guided, and the refiner, for a clip of these latent sizes. */
    static List<TransformerRun> pipeline(
            DitConfig config, int baseSteps, int refinerSteps, int frames, int height, int width) {
        return List.of(
                new TransformerRun("base", config, baseSteps, new Guidance(5), frames, height / 2, width / 2),
                new TransformerRun("refiner", config, refinerSteps, Guidance.NONE, frames, height, width));
    }

    int tokens() {
        return frames * height * width / config.patchVolume();
    }

    Dit load(Arena weights) {
        return Weights.load(weights, new RandomSource(1), DType.BF16, w -> new Dit(w, config));
    }

    Dit.Context prepare(Arena a, Dit dit) {
        List<Tensor> texts = IntStream.range(0, guidance.branches())
                .mapToObj(i -> a.noise(DType.F32, 2, i, config.textLen(), config.textDim()))
                .toList();
        Tensor image = a.noise(DType.F32, 3, 0, 1, IMAGE_ROWS, config.clipDim());
        return dit.prepare(a, texts, image);
    }

    /** Noise to latents in {@code count} steps. */
    void sample(Arena a, Dit dit, Dit.Context context, int count) {
        try (Arena t = a.child("run")) {
            Tensor known = t.noise(DType.BF16, 4, 0, 1, frames, height, width, config.inDim() - config.outDim());
            Tensor noise = t.noise(DType.F32, 5, 0, 1, frames, height, width, config.outDim());
            Sampling.Velocity velocity = (s, x, time) -> {
                Tensor input = guidance.input(s, s.concat(-1, List.of(s.cast(x, DType.BF16), known)));
                float[] times = new float[guidance.branches()];
                Arrays.fill(times, time);
                return guidance.combine(s, s.cast(dit.forward(s, input, times, context), DType.F32));
            };
            Sampling.run(
                    t, Sampler.UNIPC, Sampler.UNIPC.schedule(count, SHIFT), noise, velocity, Sampling.Listener.NONE);
        }
    }

    /** Most bytes in use on {@code backend} while weights are loaded, conditions prepared and a step made. */
    long peak(Backend backend) {
        backend.resetPeak();
        try (Arena a = Arena.root(backend, name)) {
            Dit dit = load(a);
            sample(a, dit, prepare(a, dit), 1);
            return backend.peakBytes();
        }
    }
}
