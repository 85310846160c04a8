package io.fsvideo.examples.extend;

import io.fsvideo.model.ConfigException;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.LayerMemory;
import io.fsvideo.model.LayerMemoryProvider;
import io.fsvideo.nn.Linear;
import io.fsvideo.nn.ModulatedNorm;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A layer memory: the published dynamic router with logits multiplied by a number, so that each token reads fewer of the earlier states,
 * or with 0 all of them alike. It asks for the router's own parameters and so runs on any checkpoint that has them.
 */
public final class SharpRouter implements LayerMemory {
    private static final String NAME = "sharp_router:";

    private final float sharpness;
    private final List<Linear> routers = new ArrayList<>();

    SharpRouter(Weights w, DitConfig config, float sharpness) {
        this.sharpness = sharpness;
        for (int layer = 2; layer <= config.numLayers(); layer++) {
            Weights own = w.as(w.dtype()).at("blocks", layer - 1, "self_attn", "router");
            routers.add(Linear.of(own, config.dim(), layer));
        }
    }

    /** Returns the variant, to be given as an object: {@code OpenOptions.defaults().withLayerMemory(SharpRouter.of(2))}. */
    public static LayerMemory.Variant of(float sharpness) {
        return (w, config) -> new SharpRouter(w, config, sharpness);
    }

    @Override
    public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
        if (layer == 1) {
            return history.get(0);
        }
        try (Arena t = a.child("sharp router")) {
            return t.keep(t.layerMix(logits(t, layer, input), history));
        }
    }

    /** Mixture and norm in one pass, as the published router does it: a memory need not, but then rounds elsewhere. */
    @Override
    public Tensor readNormed(Arena a, int layer, Tensor input, List<Tensor> history, ModulatedNorm norm) {
        if (layer == 1) {
            return input;
        }
        try (Arena t = a.child("sharp router")) {
            return t.keep(norm.ofMixture(t, logits(t, layer, input), history));
        }
    }

    /** {@code [batch, tokens, states]}. */
    private Tensor logits(Arena t, int layer, Tensor input) {
        Tensor logits = routers.get(layer - 2).forward(t, input);
        return t.weightedSum(new float[] {sharpness}, List.of(logits));
    }

    /** Every block reads all states so far. */
    @Override
    public int reach(int layer) {
        return layer;
    }

    /** Makes the variant by its name, {@code sharp_router:2} or {@code sharp_router:0.5}. */
    public static final class Provider implements LayerMemoryProvider {
        @Override
        public List<String> names() {
            return List.of(NAME + "N");
        }

        @Override
        public Optional<LayerMemory.Variant> variant(String name) {
            if (!name.startsWith(NAME)) {
                return Optional.empty();
            }
            String number = name.substring(NAME.length());
            if (!number.matches("[0-9]{1,3}(\\.[0-9]{1,3})?")) {
                throw new ConfigException(
                        "config: dit.layer_memory must be " + NAME + "N with a number N such as 0.5," + " got " + name);
            }
            return Optional.of(of(Float.parseFloat(number)));
        }
    }
}
