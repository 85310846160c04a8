package io.fsvideo.model;

import io.fsvideo.nn.Linear;
import io.fsvideo.nn.ModulatedNorm;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** A softmax-weighted sum of the latest states, with weights from one linear layer per block; the first block has one state, no router. */
class RouterMemory implements LayerMemory {
    private final int window;
    private final List<Linear> routers = new ArrayList<>();

    RouterMemory(Weights w, DitConfig config, int window) {
        this.window = window;
        // Never in FP8: the choice among states is worth more than a router's few bytes.
        Weights exact = w.as(w.dtype());
        for (int layer = 2; layer <= config.numLayers(); layer++) {
            routers.add(Linear.of(exact.at("blocks", layer - 1, "self_attn", "router"), config.dim(), reach(layer)));
        }
    }

    @Override
    public int reach(int layer) {
        return Math.min(window, layer);
    }

    @Override
    public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
        if (layer == 1) {
            return history.get(0);
        }
        try (Arena t = a.child("memory")) {
            return t.keep(t.layerMix(logits(t, layer, input), history));
        }
    }

    /** Mixture and norm in one pass, so that the mixture is never stored. */
    @Override
    public Tensor readNormed(Arena a, int layer, Tensor input, List<Tensor> history, ModulatedNorm norm) {
        if (layer == 1) {
            return input;
        }
        try (Arena t = a.child("memory")) {
            return t.keep(norm.ofMixture(t, logits(t, layer, input), history));
        }
    }

    /** {@code [batch, tokens, states]}. */
    private Tensor logits(Arena t, int layer, Tensor input) {
        Tensor logits = chosen(t, routers.get(layer - 2).forward(t, input));
        String name = "block" + (layer - 1) + ".router_weights";
        if (t.isTapped(name)) {
            t.tap(name, t.softmax(logits));
        }
        return logits;
    }

    /** Those that count of {@code [batch, tokens, states]}; here all do. */
    Tensor chosen(Arena t, Tensor logits) {
        return logits;
    }
}
