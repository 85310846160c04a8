package io.fsvideo.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.fsvideo.nn.Averaging;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.CrossAttention;
import io.fsvideo.nn.Down;
import io.fsvideo.nn.Duplicating;
import io.fsvideo.nn.EVitBlock;
import io.fsvideo.nn.EVitOptions;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.GluMbConv;
import io.fsvideo.nn.Kernel;
import io.fsvideo.nn.Layer;
import io.fsvideo.nn.LiteMla;
import io.fsvideo.nn.Norm;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.ResBlock;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.nn.Up;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Single layers of the autoencoder family, each on its own input at the start of a clip. */
final class FsaeOpsCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        try (Arena arena = Arena.root(backend, "ops")) {
            Map<String, Layer> layers =
                    Weights.load(arena, golden.weights(), DType.F32, w -> new Reader(golden, w).layers());
            layers.forEach((name, layer) -> {
                if (out.wants("output." + name)) {
                    try (Arena t = arena.child(name)) {
                        Tensor x = golden.clip(t, "input." + name + ".x");
                        out.compareChannelsFirst("output." + name, layer.forward(t, x, Chunk.whole()), 1);
                    }
                }
            });
        }
    }

    /** Builds the layers; sizes come from the stored weights. */
    private record Reader(Golden golden, Weights w) {
        Map<String, Layer> layers() {
            Map<String, Layer> layers = new LinkedHashMap<>();
            Iterator<Map.Entry<String, JsonNode>> ops =
                    golden.config().path("ops").fields();
            ops.forEachRemaining(op -> layers.put(op.getKey(), layer(op.getKey(), op.getValue())));
            return layers;
        }

        private Layer layer(String name, JsonNode op) {
            long channels = golden.shape("input." + name + ".x").dim(1);
            long out = op.path("out_channels").asLong();
            int frames = op.path("rt").asInt(1);
            int side = op.path("rs").asInt(1);
            return switch (op.path("type").asText()) {
                case "conv" -> conv(name, op);
                case "pixel_norm" -> (a, x, chunk) -> norm().forward(a, x);
                case "tsc" -> (a, x, chunk) -> a.pixelUnshuffle3d(x, frames, side);
                case "cts" -> (a, x, chunk) -> a.pixelShuffle3d(x, frames, side);
                case "averaging" -> new Averaging(out, frames, side);
                case "duplicating" -> new Duplicating(out, frames, side);
                case "down" -> Down.of(w.at(name), channels, out, frames);
                case "up" -> Up.of(w.at(name), channels, out, frames, time(op));
                case "resblock" -> ResBlock.of(w.at(name), channels, time(op), this::plain, Activation.SILU);
                case "lite_mla" -> {
                    LiteMla mla = LiteMla.of(w.at(name), channels, options(name, op, channels));
                    yield (a, x, chunk) -> mla.forward(a, x);
                }
                case "glumbconv" -> GluMbConv.of(w.at(name), channels, options(name, op, channels));
                case "evit" -> EVitBlock.of(w.at(name), channels, options(name, op, channels));
                case "cross_attention" -> cross(name, op, channels);
                default ->
                    throw new GoldenException(
                            "check: type of op " + name + " must be one of fsae-ops, got " + op.path("type"));
            };
        }

        private Layer conv(String name, JsonNode op) {
            Weights place = has(name + ".conv.weight") ? w.at(name, "conv") : w.at(name);
            String key = has(name + ".conv.weight") ? name + ".conv" : name;
            Shape shape = shape(key + ".weight");
            int groups = op.path("groups").asInt(1);
            Kernel kernel = Kernel.of(shape.dim(1) * groups, shape.dim(0), (int) shape.dim(4))
                    .inGroups(groups);
            Conv3d conv = Conv3d.of(place, has(key + ".bias") ? kernel : kernel.withoutBias(), time(op));
            Activation activation = activation(op.path("act").asText("none"));
            return (a, x, chunk) -> {
                try (Flow flow = new Flow(a, x)) {
                    flow.then("conv", (s, v) -> conv.forward(s, v, chunk));
                    if (op.path("norm").asBoolean()) {
                        flow.then("norm", norm()::forward);
                    }
                    return flow.then("act", (s, v) -> s.activation(v, activation))
                            .finish();
                }
            };
        }

        private Layer cross(String name, JsonNode op, long channels) {
            CrossAttention.Kind kind =
                    CrossAttention.Kind.valueOf(op.path("attention").asText().toUpperCase(java.util.Locale.ROOT));
            CrossAttention cross = CrossAttention.of(
                    w.at(name), channels, kind, op.path("dim").asInt(), norm(), number("attention_eps"));
            return (a, x, chunk) -> cross.forward(a, x, cross.keysValues(a, golden.clip(a, "input." + name + ".f")));
        }

        private EVitOptions options(String name, JsonNode op, long channels) {
            String local = op.path("type").asText().equals("evit") ? name + ".local_module.main" : name;
            String context = op.path("type").asText().equals("evit") ? name + ".context_module.main" : name;
            String inverted = local + ".inverted_conv.conv.weight";
            String aggregate = context + ".aggreg.0.0.weight";
            return new EVitOptions(
                    op.path("dim").asInt(1),
                    has(inverted) ? Math.toIntExact(shape(inverted).dim(0) / (2 * channels)) : 1,
                    has(aggregate) ? (int) shape(aggregate).dim(4) : 0,
                    number("attention_eps"),
                    op.has("time") ? time(op) : TimeMode.none(),
                    this::plain);
        }

        private Norm plain(Weights place, long channels) {
            return norm();
        }

        private PixelNorm norm() {
            return PixelNorm.plain(number("norm_eps"));
        }

        private float number(String key) {
            return (float) golden.config().path(key).asDouble();
        }

        private boolean has(String key) {
            return golden.weights().shapes().containsKey(key);
        }

        private Shape shape(String key) {
            if (!has(key)) {
                throw new GoldenException("check: weights of " + golden.name() + " must hold " + key + ", got none");
            }
            return golden.weights().shapes().get(key);
        }

        private static Activation activation(String name) {
            return Activation.valueOf(name.toUpperCase(java.util.Locale.ROOT));
        }

        private static TimeMode time(JsonNode op) {
            return switch (op.path("time").asText()) {
                case "causal" -> TimeMode.causal();
                case "same" -> TimeMode.same();
                case "zero" -> TimeMode.zero();
                case "none" -> TimeMode.none();
                case "group" -> TimeMode.group(op.path("group").asInt());
                default ->
                    throw new GoldenException(
                            "check: time must be causal, same, zero, none or group, got " + op.path("time"));
            };
        }
    }
}
