package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** A softmax-weighted sum of all states so far, with learned weights that are the same for every token and every input. */
final class StaticMemory implements LayerMemory {
    /** {@code [1, 1, states]} by layer, from the second on. */
    private final List<Tensor> logits = new ArrayList<>();

    StaticMemory(Weights w, DitConfig config) {
        for (int layer = 2; layer <= config.numLayers(); layer++) {
            Tensor own = w.at("blocks", layer - 1, "self_attn", "static_router").tensor("bias", layer);
            logits.add(own.reshape(1, 1, layer));
        }
    }

    @Override
    public int reach(int layer) {
        return layer;
    }

    @Override
    public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
        if (layer == 1) {
            return history.get(0);
        }
        try (Arena t = a.child("memory")) {
            Tensor none = t.fill(DType.F32, 0, input.dim(0), input.dim(1), layer);
            return t.keep(t.layerMix(t.add(none, logits.get(layer - 2)), history));
        }
    }
}
