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
 * A transformer of 40 layers with each kind of layer memory: latent frames, height, width; the name says which kind. Against
 * {@code none} it shows what a kind costs in time, bytes moved and memory.
 */
public class LayerMemoryBench extends NetworkBench {
    private static final int LAYERS = 40;
    private static final float TIME = 733;

    @Param({
        "tiny:2x3x3",
        "small_none:5x8x8",
        "small_dynamic_router:5x8x8",
        "small_static:5x8x8",
        "small_sliding_window_4:5x8x8",
        "small_sliding_window_8:5x8x8",
        "small_sliding_window_16:5x8x8",
        "small_top_k_4:5x8x8",
        "fsvideo14b_none:31x12x20",
        "fsvideo14b_dynamic_router:31x12x20",
        "fsvideo14b_static:31x12x20",
        "fsvideo14b_sliding_window_4:31x12x20",
        "fsvideo14b_sliding_window_8:31x12x20",
        "fsvideo14b_sliding_window_16:31x12x20",
        "fsvideo14b_top_k_4:31x12x20"
    })
    String shape;

    @Override
    String shape() {
        return shape;
    }

    /** The configuration's name for the kind that a shape's name ends in. */
    static String kind(String owner) {
        int end = owner.indexOf('_');
        return end < 0 ? "dynamic_router" : owner.substring(end + 1).replaceFirst("_([0-9]+)$", ":$1");
    }

    private record Sample(DitConfig config, Tensor x, Tensor text) {}

    @Override
    Work work(Inputs in, long[] n) {
        String owner = BenchShape.owner(shape);
        DitConfig config = DitConfigs.of(owner.replaceFirst("_.*", ""), LAYERS, kind(owner));
        Tensor x = in.normal(1, n[0], n[1], n[2], config.inDim()).tensor();
        return new Work.Own(new Sample(
                config, x, in.normal(config.textLen(), config.textDim()).tensor()));
    }

    @Override
    Network network(Arena a, Work work, DType compute) {
        Sample in = (Sample) ((Work.Own) work).inputs();
        Dit dit = Weights.load(a, WEIGHTS, compute, w -> new Dit(w, in.config()));
        Dit.Context context = dit.prepare(a, List.of(in.text()), null);
        return new Network(s -> dit.forward(s, in.x(), new float[] {TIME}, context));
    }
}
