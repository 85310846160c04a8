package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.DitRanks;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One forward pass of a diffusion transformer and, where the golden has it, a whole guided sampling run. */
final class DitCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        DitConfig config = DitConfig.fromJson(golden.config());
        try (Arena root = Arena.root(backend, "weights")) {
            Comm ranks = backend.comm();
            TensorSource own = TensorParallel.of(config, ranks.size()).source(golden.weights(), ranks.rank());
            Dit dit = Weights.load(root, own, DType.F32, w -> new Dit(w, config, DitRanks.tensor(ranks)));
            DitTaps taps = new DitTaps(golden, out);
            try (Arena arena = Arena.root(backend, "forward", taps)) {
                forward(arena, golden, dit, out);
            }
            taps.compareLastPatchEmbedding();
            if (golden.config().hasNonNull("sample")) {
                try (Arena arena = Arena.root(backend, "sample")) {
                    sample(arena, golden, dit, out);
                }
            }
        }
    }

    private static void forward(Arena a, Golden golden, Dit dit, Comparison out) {
        boolean single = golden.has("input.x");
        List<Tensor> samples = new ArrayList<>();
        List<Tensor> texts = new ArrayList<>();
        for (int i = 0; single ? i == 0 : golden.has("input.x." + i); i++) {
            String suffix = single ? "" : "." + i;
            samples.add(withCondition(a, golden, golden.clip(a, "input.x" + suffix), suffix));
            texts.add(golden.tensor(a, "input.context" + suffix));
        }
        Dit.Context context = dit.prepare(a, texts, image(a, golden));
        float[] times = golden.values("input.t");
        List<Tensor> results = results(a, golden, dit, samples, times, context);
        for (int i = 0; i < results.size(); i++) {
            Tensor result = results.get(i);
            Tensor clip = result.reshape(result.dim(1), result.dim(2), result.dim(3), result.dim(4));
            String name = "output.x" + (single ? "" : "." + i);
            if (out.wants(name)) {
                out.compareChannelsFirst(name, clip, 0);
            }
        }
    }

    /** Samples of one size that fill the sequence take the batched way, others the padded one. */
    private static List<Tensor> results(
            Arena a, Golden golden, Dit dit, List<Tensor> samples, float[] times, Dit.Context context) {
        Tensor first = samples.get(0);
        long tokens = first.dim(1) * first.dim(2) * first.dim(3) / dit.config().patchVolume();
        int seqLen = golden.config().path("seq_len").asInt((int) tokens);
        if (tokens != seqLen || samples.stream().anyMatch(x -> !x.shape().equals(first.shape()))) {
            return dit.forward(a, samples, seqLen, times, context);
        }
        Tensor batch = dit.forward(a, a.concat(0, samples), times, context);
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            results.add(a.slice(batch, 0, i, i + 1));
        }
        return results;
    }

    /** Samples the first of the golden's samples. */
    private static void sample(Arena a, Golden golden, Dit dit, Comparison out) {
        JsonNode settings = golden.config().get("sample");
        Sampler sampler = SamplerCheck.named(settings.path("solver").asText());
        NoiseSchedule schedule = sampler.schedule(
                settings.path("steps").asInt(), settings.path("shift").asDouble());
        SamplerCheck.compareSchedule(out, "output.sample", schedule);
        Guidance guidance = new Guidance((float) settings.path("guide_scale").asDouble(1));
        String suffix = golden.has("input.context") ? "" : ".0";
        List<Tensor> texts = new ArrayList<>(List.of(golden.tensor(a, "input.context" + suffix)));
        if (guidance.branches() == 2) {
            texts.add(golden.tensor(a, "input.sample.context_null"));
        }
        Dit.Context context = dit.prepare(a, texts, firstImage(a, golden));
        Trajectory latents = new Trajectory(golden.shape("input.sample.noise").toArray());
        Tensor noise = golden.clip(a, "input.sample.noise");
        latents.addChannelsFirst(noise);
        Sampling.Velocity model = (t, sample, time) -> {
            float[] times = new float[guidance.branches()];
            Arrays.fill(times, time);
            Tensor x = guidance.input(t, withCondition(t, golden, sample, suffix));
            return guidance.combine(t, dit.forward(t, x, times, context));
        };
        Sampling.run(a, sampler, schedule, noise, model, (done, steps, x) -> latents.addChannelsFirst(x));
        latents.compare(out, "output.sample.latents");
    }

    /** The noisy latent with mask and image latent behind it, where the golden has them. */
    private static Tensor withCondition(Arena a, Golden golden, Tensor x, String suffix) {
        String name = "input.y" + suffix;
        return golden.has(name) ? a.concat(4, List.of(x, golden.clip(a, name))) : x;
    }

    private static Tensor image(Arena a, Golden golden) {
        return golden.has("input.clip_fea") ? golden.tensor(a, "input.clip_fea") : null;
    }

    private static Tensor firstImage(Arena a, Golden golden) {
        Tensor images = image(a, golden);
        return images == null ? null : a.slice(images, 0, 0, 1);
    }
}
