package io.fsvideo.bench;

import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * One block of the transformer between patch embedding and head, which are below 1 % of it: latent frames, height, width.
 */
public class DitBlockBench extends NetworkBench {
    private static final float TIME = 733;

    @Param({"tiny:2x4x4", "wan1.3b:31x12x20", "fsvideo14b:31x6x10", "fsvideo14b:31x12x20"})
    String shape;

    @Override
    String shape() {
        return shape;
    }

    @Override
    Work work(Inputs in, long[] n) {
        DitConfig config = DitConfigs.of(BenchShape.owner(shape), 1, "none");
        Tensor x = in.normal(1, n[0], n[1], n[2], config.inDim()).tensor();
        Tensor text = in.normal(config.textLen(), config.textDim()).tensor();
        return new Work.Transformer(in.arena(), WEIGHTS, config, dtype, x, TIME, text);
    }

    @Override
    Network network(Arena a, Work work, DType compute) {
        Work.Transformer t = (Work.Transformer) work;
        Dit dit = Weights.load(a, WEIGHTS, compute, w -> new Dit(w, t.config()));
        Dit.Context context = dit.prepare(a, List.of(t.text()), null);
        return new Network(s -> dit.forward(s, t.x(), new float[] {t.time()}, context));
    }
}
