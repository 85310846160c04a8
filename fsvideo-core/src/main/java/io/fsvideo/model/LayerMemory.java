package io.fsvideo.model;

import io.fsvideo.nn.ModulatedNorm;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Where a block's keys and values come from: any function of the hidden states so far. Open: research gives its own as an object, in the
 * options a model is opened with, or by a name, through a {@link LayerMemoryProvider}. Source: FSVideo report 2.3.1.
 *
 * @since 0.1
 */
public interface LayerMemory {
    /**
     * The states block {@code layer} projects keys and values from, before its norm and modulation. Returning the last state itself
     * makes the block a plain one.
     *
     * @param layer 1 .. layers
     * @param input the block's normed and modulated input, what a router reads, {@code [batch, tokens, dim]}
     * @param history the latest {@link #reach} hidden states, raw, oldest first, each {@code [batch, tokens, dim]}; the last is the
     *     block's own input
     * @return {@code [batch, tokens, dim]}
     */
    Tensor read(Arena a, int layer, Tensor input, List<Tensor> history);

    /**
     * {@link #read} under the block's norm and modulation: what keys and values are projected from. A memory that can do both in one
     * pass overrides this.
     *
     * @return {@code [batch, tokens, dim]} of {@code input}'s dtype; {@code input} itself for the block's own input
     */
    default Tensor readNormed(Arena a, int layer, Tensor input, List<Tensor> history, ModulatedNorm norm) {
        try (Arena t = a.child("memory")) {
            Tensor states = read(t, layer, input, history);
            boolean isOwnInput = states == history.get(history.size() - 1);
            return t.keep(isOwnInput ? input : norm.forward(t, states));
        }
    }

    /** How many of the latest states block {@code layer} reads, 1 .. layer; older ones are freed when no later block needs them. */
    int reach(int layer);

    /** A way to make a layer memory. */
    interface Variant {
        /**
         * Reads the variant's parameters, if any.
         *
         * @param w the transformer's root
         */
        LayerMemory of(Weights w, DitConfig config);
    }

    /** Keys and values from the block's own input, as in Wan2.1. */
    static LayerMemory none() {
        return new LayerMemory() {
            @Override
            public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
                return history.get(history.size() - 1);
            }

            @Override
            public int reach(int layer) {
                return 1;
            }
        };
    }

    /** The published variant: a learned softmax over all states so far, per token. */
    static Variant dynamicRouter() {
        return (w, config) -> new RouterMemory(w, config, config.numLayers());
    }

    /** Research: the same router over the latest {@code states} only, so that memory does not grow with depth. */
    static Variant slidingWindow(int states) {
        if (states < 1) {
            throw new ConfigException("config: dit.layer_memory must have a window of at least 1 state, got " + states);
        }
        return (w, config) -> new RouterMemory(w, config, states);
    }

    /** Research: one learned weight per layer and state, the same for every token. */
    static Variant staticWeights() {
        return StaticMemory::new;
    }

    /** Research: the dynamic router over each token's {@code states} heaviest states only. */
    static Variant topK(int states) {
        if (states < 1) {
            throw new ConfigException("config: dit.layer_memory must keep at least 1 state, got " + states);
        }
        return (w, config) -> new TopKMemory(w, config, states);
    }

    /**
     * Returns the variant that configurations call {@code none}, {@code dynamic_router}, {@code sliding_window:N}, {@code static} or
     * {@code top_k:N}, or by a name of a {@link LayerMemoryProvider} on the class path.
     *
     * @throws ConfigException listing all names, when there is none of this name
     */
    static Variant named(String name) {
        switch (name) {
            case "none":
                return (w, config) -> none();
            case "dynamic_router":
                return dynamicRouter();
            case "static":
                return staticWeights();
            default:
                break;
        }
        if (name.matches("(sliding_window|top_k):[0-9]{1,6}")) {
            int states = Integer.parseInt(name.substring(name.indexOf(':') + 1));
            return name.startsWith("top_k") ? topK(states) : slidingWindow(states);
        }
        List<String> known =
                new ArrayList<>(List.of("none", "dynamic_router", "sliding_window:N", "static", "top_k:N"));
        for (LayerMemoryProvider provider :
                ServiceLoader.load(LayerMemoryProvider.class, LayerMemoryProvider.class.getClassLoader())) {
            Optional<Variant> variant = provider.variant(name);
            if (variant.isPresent()) {
                return variant.get();
            }
            known.addAll(provider.names());
        }
        throw new ConfigException("config: dit.layer_memory must be one of " + known + ", got " + name
                + "; a LayerMemoryProvider on the class path may add others");
    }
}
