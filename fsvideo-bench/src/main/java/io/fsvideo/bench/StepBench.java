package io.fsvideo.bench;

import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.sample.Guidance;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * One guided Euler step: the transformer on a batch of two, the guided velocity, the sum with the sample: layers, latent frames, height,
 * width.
 */
public class StepBench extends NetworkBench {
    private static final float TIME = 733;
    private static final float STEP = 0.03f;
    private static final Guidance GUIDANCE = new Guidance(5);

    @Param({"tiny:2x2x4x4", "small:8x5x12x12", "wan1.3b:30x9x12x20", "fsvideo14b:40x31x6x10"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    private record Sample(DitConfig config, Tensor x, Tensor latent, List<Tensor> texts) {}

    @Override
    Work work(Inputs in, long[] n) {
        String owner = BenchShape.owner(shape);
        String memory = owner.equals("wan1.3b") ? "none" : "dynamic_router";
        DitConfig config = DitConfigs.of(owner, (int) n[0], memory);
        Tensor x = in.normal(1, n[1], n[2], n[3], config.inDim()).tensor();
        Tensor latent = in.parameter(1, n[1], n[2], n[3], config.outDim()).tensor();
        Tensor text = in.normal(config.textLen(), config.textDim()).tensor();
        Tensor empty = in.normal(1, config.textDim()).tensor();
        return new Work.Own(new Sample(config, x, latent, List.of(text, empty)));
    }

    @Override
    Network network(Arena a, Work work, DType compute) {
        Sample in = (Sample) ((Work.Own) work).inputs();
        Dit dit = Weights.load(a, WEIGHTS, compute, w -> new Dit(w, in.config()));
        Dit.Context context = dit.prepare(a, in.texts(), null);
        return new Network(s -> {
            try (Arena t = s.child("step")) {
                Tensor both = dit.forward(t, GUIDANCE.input(t, in.x()), new float[] {TIME, TIME}, context);
                Tensor velocity = GUIDANCE.combine(t, both);
                return t.keep(t.weightedSum(new float[] {1, -STEP}, List.of(in.latent(), velocity)));
            }
        });
    }
}
