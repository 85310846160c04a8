package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every argument goes to the parameter of its name: a swapped pair of sizes or tensors shows here without a GPU. */
class RecordedLaunchesTest {
    /**
     * An operation whose tensors have the names of the kernel's parameters.
     *
     * @param numbers the other parameters
     */
    private record Case(String kernel, String entry, Operation call, Map<String, Number> numbers) {
        @Override
        public String toString() {
            return entry;
        }
    }

    @FunctionalInterface
    private interface Operation {
        Tensor apply(Inputs inputs);
    }

    /** Makes tensors and remembers them. */
    private record Inputs(Arena arena, List<Tensor> made) {
        Tensor bf16(String name, long... dims) {
            return of(name, DType.BF16, dims);
        }

        Tensor f32(String name, long... dims) {
            return of(name, DType.F32, dims);
        }

        Tensor packed(String name, DType dtype, long... dims) {
            Tensor tensor = arena.pack(arena.fill(dtype, 0, dims).named(name), Layout.LINEAR, dtype);
            made.add(tensor);
            return tensor;
        }

        Tensor of(String name, DType dtype, long... dims) {
            Tensor tensor = arena.of(name, dtype, new float[(int) Shape.of(dims).numel()], dims);
            made.add(tensor);
            return tensor;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(rows(), elements(), layouts(), products()).flatMap(List::stream);
    }

    private static List<Case> rows() {
        return List.of(
                new Case(
                        "pixel_norm",
                        "pixel_norm",
                        i -> i.arena.pixelNorm(i.bf16("x", 2, 3, 72), i.f32("weight", 72), i.f32("bias", 72), 0.25f),
                        Map.of("rows", 6, "channels", 72, "eps", 0.25f)),
                new Case(
                        "rms_norm",
                        "rms_norm_f32",
                        i -> i.arena.rmsNorm(i.f32("x", 3, 40), i.f32("weight", 40), 0.5f),
                        Map.of("dim", 40, "eps", 0.5f)),
                new Case(
                        "sum_of_squares",
                        "sum_of_squares",
                        i -> i.arena.sumOfSquares(i.bf16("x", 3, 40)),
                        Map.of("dim", 40)),
                new Case(
                        "rms_scale",
                        "rms_scale_f32",
                        i -> i.arena.rmsScale(i.f32("x", 3, 40), i.f32("squares", 3, 1), i.f32("weight", 40), 80, 0.5f),
                        Map.of("dim", 40, "width", 80, "eps", 0.5f)),
                new Case(
                        "layer_norm",
                        "layer_norm",
                        i -> i.arena.layerNorm(i.bf16("x", 3, 40), i.f32("weight", 40), i.f32("bias", 40), 0.5f),
                        Map.of("dim", 40, "eps", 0.5f)),
                new Case(
                        "modulated_norm",
                        "modulated_norm_f32",
                        i -> i.arena.modulatedNorm(
                                i.f32("x", 2, 3, 40), i.f32("shift", 2, 40), i.f32("scale", 2, 40), 0.5f),
                        Map.of("dim", 40, "eps", 0.5f)),
                new Case(
                        "rope",
                        "rope",
                        i -> i.arena.rope(i.bf16("x", 2, 3, 4, 6), i.f32("table", 2, 3, 3, 2)),
                        Map.of("table_batches", 2, "width", 24, "head_dim", 6)),
                new Case(
                        "qk_norm_rope",
                        "qk_norm_rope",
                        i -> i.arena.qkNormRope(
                                i.bf16("x", 2, 3, 4, 6), i.f32("weight", 24), i.f32("table", 2, 3, 3, 2), 0.5f),
                        Map.of("table_batches", 2, "dim", 24, "head_dim", 6, "eps", 0.5f)),
                new Case(
                        "gated_add",
                        "gated_add",
                        i -> i.arena.gatedAdd(i.bf16("x", 2, 3, 40), i.f32("gate", 2, 40), i.bf16("y", 2, 3, 40)),
                        Map.of("dim", 40)),
                new Case("glu_silu", "glu_silu_f32", i -> i.arena.gluSilu(i.f32("x", 3, 40)), Map.of("dim", 20)),
                new Case("softmax", "softmax", i -> i.arena.softmax(i.bf16("x", 3, 40)), Map.of("dim", 40)));
    }

    private static List<Case> elements() {
        return List.of(
                new Case(
                        "activation",
                        "activation",
                        i -> i.arena.activation(i.bf16("x", 3, 40), Activation.GELU_ERF),
                        Map.of("count", 120L, "kind", 3)),
                new Case(
                        "add",
                        "add",
                        i -> i.arena.add(i.bf16("a", 3, 40), i.bf16("b", 1, 40)),
                        Map.of("shape", 1L, "b_strides", 0L)),
                new Case(
                        "mul",
                        "mul_f32",
                        i -> i.arena.mul(i.f32("a", 3, 40), i.f32("b", 3, 1)),
                        Map.of("shape", 1L, "b_strides", 0L)),
                new Case(
                        "embedding",
                        "embedding",
                        i -> i.arena.embedding(i.of("ids", DType.I32, 5), i.f32("table", 7, 6)),
                        Map.of("row_bytes", 24L, "table_rows", 7)),
                new Case(
                        "cast", "cast_f32_bf16", i -> i.arena.cast(i.f32("x", 3, 5), DType.BF16), Map.of("count", 15L)),
                new Case(
                        "fill",
                        "fill",
                        i -> i.arena.fill(DType.BF16, 1, 3, 5),
                        Map.of("bytes", 30L, "pattern", 0x3f803f80)),
                new Case(
                        "noise",
                        "noise_f32",
                        i -> i.arena.noise(DType.F32, -7, 3, 11),
                        Map.of("count", 11L, "seed", -7L, "stream", 3)));
    }

    private static List<Case> layouts() {
        return List.of(
                new Case(
                        "pixel_shuffle_3d",
                        "pixel_shuffle_3d",
                        i -> i.arena.pixelShuffle3d(i.bf16("x", 2, 3, 4, 5, 36), 3, 2),
                        Map.of("planes", 6L, "height", 4, "width", 5, "channels", 3, "frames", 3, "side", 2)),
                new Case(
                        "pixel_unshuffle_3d",
                        "pixel_unshuffle_3d_f32",
                        i -> i.arena.pixelUnshuffle3d(i.f32("x", 2, 9, 8, 10, 3), 3, 2),
                        Map.of("planes", 6L, "height", 4, "width", 5, "channels", 3, "frames", 3, "side", 2)),
                new Case(
                        "channel_average",
                        "channel_average",
                        i -> i.arena.channelAverage(i.bf16("x", 5, 12), 4),
                        Map.of("n", 3, "count", 20L)),
                new Case(
                        "channel_duplicate",
                        "channel_duplicate_f32",
                        i -> i.arena.channelDuplicate(i.f32("x", 5, 4), 12),
                        Map.of("n", 3, "count", 60L)),
                new Case(
                        "resize",
                        "resize_bicubic",
                        i -> i.arena.resize(i.bf16("x", 2, 3, 4, 5, 6), 7, 9, Resampling.BICUBIC),
                        Map.of("planes", 6L, "out_height", 7, "out_width", 9, "height", 4, "width", 5, "channels", 6)));
    }

    private static List<Case> products() {
        return List.of(
                new Case(
                        "gemm_few",
                        "gemm_few_f32_f32",
                        i -> i.arena.linear(
                                i.f32("x", 3, 6), i.packed("w", DType.F32, 5, 6), i.f32("bias", 5), Activation.SILU),
                        Map.of("rows", 3, "columns", 5, "depth", 6, "w_pitch", 8, "activation", 1)),
                new Case(
                        "gemm_simt",
                        "gemm_simt_f32_f32",
                        i -> i.arena.linear(
                                i.f32("x", 9, 6), i.packed("w", DType.F32, 5, 6), i.f32("bias", 5), Activation.SILU),
                        Map.of("rows", 9, "columns", 5, "depth", 6, "w_pitch", 8, "activation", 1)),
                new Case(
                        "gemm",
                        "gemm_128x128",
                        i -> i.arena.linear(
                                i.arena.fill(DType.BF16, 1, 3, 16),
                                i.arena.pack(i.arena.fill(DType.BF16, 1, 40, 16), Layout.LINEAR, DType.BF16),
                                i.f32("bias", 40),
                                Activation.RELU),
                        numbers("residual 0L gate 0L rows 3 columns 40 depth 16 batches 1 gate_rows 1 activation 4")),
                new Case(
                        "gemm",
                        "gemm_128x128_to_f32",
                        i -> i.arena.linearGatedAdd(
                                i.arena.fill(DType.BF16, 1, 2, 3, 16),
                                i.arena.pack(i.arena.fill(DType.BF16, 1, 40, 16), Layout.LINEAR, DType.BF16),
                                i.f32("bias", 40),
                                i.f32("residual", 2, 3, 40),
                                i.f32("gate", 2, 40)),
                        numbers("rows 6 columns 40 depth 16 batches 1 gate_rows 3 activation 0")),
                new Case(
                        "attention_simt",
                        "attention_simt_f32",
                        i -> i.arena.attention(
                                i.f32("q", 2, 3, 4, 6),
                                i.f32("k", 2, 5, 4, 6),
                                i.f32("v", 2, 5, 4, 6),
                                i.f32("bias", 4, 3, 5),
                                null,
                                0.5f),
                        numbers("queries 3 keys 5 key_rows 5 heads 4 head_dim 6 scale 0.5f")),
                new Case(
                        "attention",
                        "attention_64",
                        i -> i.arena.attention(
                                i.arena.fill(DType.BF16, 1, 2, 3, 4, 64),
                                i.arena.fill(DType.BF16, 1, 2, 5, 4, 64),
                                i.arena.fill(DType.BF16, 1, 2, 5, 4, 64),
                                null,
                                null,
                                1),
                        numbers("key_lengths 0L queries 3 keys 5 heads 4 scale_log2 1.442695f")),
                new Case(
                        "layer_mix",
                        "layer_mix",
                        i -> i.arena.layerMix(
                                i.f32("logits", 2, 3, 2),
                                List.of(i.bf16("states", 2, 3, 40), i.arena.fill(DType.BF16, 1, 2, 3, 40))),
                        Map.of("logit_bytes", 4, "count", 2, "dim", 40)),
                new Case(
                        "layer_mix_norm",
                        "layer_mix_norm_f32_bf16",
                        i -> i.arena.layerMixNorm(
                                i.bf16("logits", 2, 3, 2),
                                List.of(i.f32("states", 2, 3, 40), i.arena.fill(DType.F32, 1, 2, 3, 40)),
                                i.f32("shift", 2, 40),
                                i.f32("scale", 2, 40),
                                0.5f,
                                DType.BF16),
                        numbers("logit_bytes 2 count 2 dim 40 eps 0.5f")));
    }

    /** Name and value in turn, as Java writes them. */
    private static Map<String, Number> numbers(String text) {
        Map<String, Number> numbers = new LinkedHashMap<>();
        String[] words = text.split(" ");
        for (int i = 0; i < words.length; i += 2) {
            String value = words[i + 1];
            if (value.endsWith("f")) {
                numbers.put(words[i], Float.valueOf(value));
            } else if (value.endsWith("L")) {
                numbers.put(words[i], Long.valueOf(value.substring(0, value.length() - 1)));
            } else {
                numbers.put(words[i], Integer.valueOf(value));
            }
        }
        return numbers;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void argumentsHaveTheirParametersNames(Case given) {
        RecordedLaunch.Recorder recorder = new RecordedLaunch.Recorder();
        try (EmulatedDevice device = EmulatedDevice.of(1 << 24, BackendOptions.defaults(), recorder);
                Arena a = device.arena()) {
            Inputs inputs = new Inputs(a, new ArrayList<>());
            Tensor out = given.call.apply(inputs);
            RecordedLaunch launch = recorder.last();
            assertEquals(given.kernel, launch.kernel());
            assertEquals(given.entry, launch.entry());
            assertTrue(launch.points("out", out), "out");
            for (Tensor tensor : inputs.made) {
                assertTrue(launch.points(tensor.name(), tensor), tensor.name());
            }
            given.numbers.forEach(
                    (name, value) -> assertEquals(value, launch.arguments().get(name), name));
            assertEquals(
                    1 + inputs.made.size() + given.numbers.size(),
                    launch.arguments().size(),
                    "arguments compared");
        }
    }
}
