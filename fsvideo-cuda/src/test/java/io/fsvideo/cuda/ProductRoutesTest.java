package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which kernel takes which product, and with what numbers. */
class ProductRoutesTest {
    private final RecordedLaunch.Recorder recorder = new RecordedLaunch.Recorder();
    private EmulatedDevice device;
    private Arena a;

    @BeforeEach
    void open() {
        device = EmulatedDevice.of(1 << 26, BackendOptions.defaults(), recorder);
        a = device.arena();
    }

    @AfterEach
    void close() {
        a.close();
        device.close();
    }

    private Tensor ones(DType dtype, long... dims) {
        return a.fill(dtype, 1, dims);
    }

    /** The launches of what runs in between. */
    private List<RecordedLaunch> launches(Runnable operation) {
        recorder.launches().clear();
        operation.run();
        return List.copyOf(recorder.launches());
    }

    private static void assertNumbers(Map<String, Integer> expected, RecordedLaunch launch) {
        expected.forEach((name, value) -> assertEquals(value, launch.arguments().get(name), name));
    }

    private List<RecordedLaunch> linear(DType x, DType weight, int rows, int in, int out) {
        Tensor input = ones(x, rows, in);
        Tensor packed = a.pack(ones(DType.F32, out, in), Layout.LINEAR, weight);
        Tensor bias = ones(DType.F32, out);
        return launches(() -> a.linear(input, packed, bias, Activation.GELU_ERF));
    }

    @Test
    void bf16ProductsTakeTensorCores() {
        RecordedLaunch launch = linear(DType.BF16, DType.BF16, 300, 72, 40).get(0);
        assertEquals("gemm_128x128", launch.entry());
        assertEquals(List.of(2, 1, 1), launch.grid());
        assertNumbers(Map.of("rows", 300, "columns", 40, "depth", 72, "batches", 1, "activation", 3), launch);
        assertEquals(0L, launch.arguments().get("residual"));
    }

    @Test
    void rowsThatTmaCannotTakeArePadded() {
        List<RecordedLaunch> launches = linear(DType.BF16, DType.BF16, 3, 260, 40);
        assertEquals(
                List.of("fill", "concat", "gemm_128x128"),
                launches.stream().map(RecordedLaunch::entry).toList());
        assertNumbers(Map.of("depth", 264), launches.get(2));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, F32, gemm_simt_f32_f32",
        "F32, BF16, gemm_simt_f32_bf16",
        "BF16, F32, gemm_simt_bf16_f32",
        "BF16, F16, gemm_simt_bf16_f32",
        "F32, F8_E4M3, gemm_simt_f32_bf16"
    })
    void otherProductsAreInF32(DType x, DType weight, String entry) {
        List<RecordedLaunch> launches = linear(x, weight, 70, 13, 5);
        RecordedLaunch launch = launches.get(launches.size() - 1);
        assertEquals(entry, launch.entry());
        assertEquals(List.of(2, 1, 1), launch.grid());
        assertNumbers(Map.of("rows", 70, "columns", 5, "depth", 13, "w_pitch", 16, "activation", 3), launch);
    }

    @Test
    void fewRowsOfF32ReadTheWeightOnce() {
        RecordedLaunch launch = linear(DType.F32, DType.BF16, 2, 13, 21).get(0);
        assertEquals("gemm_few_f32_bf16", launch.entry());
        assertEquals(List.of(3, 1, 1), launch.grid());
        assertNumbers(Map.of("rows", 2, "columns", 21, "depth", 13, "w_pitch", 16, "activation", 3), launch);
        assertEquals(
                "gemm_simt_f32_f32",
                linear(DType.F32, DType.F32, 9, 13, 21).get(0).entry());
    }

    /** Whole waves of tiles on 132 processors: 1,860 tokens leave a third of the last wave of wide tiles empty. */
    @Test
    void tilesAreChosenByWaves() {
        assertFalse(Gemm.isWideFaster(1860, 5120, 132));
        assertTrue(Gemm.isWideFaster(3720, 5120, 132));
        assertTrue(Gemm.isWideFaster(7440, 5120, 132));
        assertTrue(Gemm.isWideFaster(7440, 13824, 132));
        assertFalse(Gemm.isWideFaster(7440, 128, 132));
    }

    private List<RecordedLaunch> attention(DType dtype, int headDim, boolean biased, int... lengths) {
        Tensor q = ones(dtype, 2, 130, 3, headDim);
        Tensor k = ones(dtype, 2, 5, 3, headDim);
        Tensor bias = biased ? ones(DType.F32, 3, 130, 5) : null;
        return launches(() -> a.attention(q, k, k, bias, lengths.length == 0 ? null : lengths, 0.5f));
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, 64, false, attention_64",
        "BF16, 80, false, attention_80",
        "BF16, 128, false, attention_128",
        "BF16, 64, true, attention_sm80_64",
        "BF16, 28, false, attention_simt",
        "F32, 64, true, attention_simt_f32"
    })
    void attentionByHeadAndDType(DType dtype, int headDim, boolean biased, String entry) {
        List<RecordedLaunch> launches = attention(dtype, headDim, biased);
        assertEquals(1, launches.size());
        assertEquals(entry, launches.get(0).entry());
        assertEquals(3, launches.get(0).grid().get(1));
        assertEquals(2, launches.get(0).grid().get(2));
        assertNumbers(Map.of("queries", 130, "keys", 5, "heads", 3), launches.get(0));
    }

    @Test
    void entriesWithKeysLeftOutRunAlone() {
        List<RecordedLaunch> launches = attention(DType.BF16, 64, true, 5, 2);
        assertEquals(2, launches.size());
        assertNumbers(Map.of("keys", 5, "bias_columns", 5), launches.get(0));
        assertNumbers(Map.of("keys", 2, "bias_columns", 5), launches.get(1));
        assertEquals(1, launches.get(1).grid().get(2));
        long step = launches.get(1).arguments().get("k").longValue()
                - launches.get(0).arguments().get("k").longValue();
        assertEquals(5 * 3 * 64 * 2, step);
        assertEquals(1, attention(DType.BF16, 64, false, 5, 5).size());
    }

    private RecordedLaunch convolution(int in, int out, int groups, int kt, int side, int stride) {
        Tensor x = ones(DType.BF16, 2, 3, 9, 20, in);
        Tensor weight = a.pack(ones(DType.BF16, out, in / groups, kt, side, side), Layout.conv3d(groups), DType.BF16);
        int pad = side / 2;
        Conv3dGeometry geometry = new Conv3dGeometry(FrameTaps.causal(3, kt), stride, pad, pad, pad, pad, groups);
        List<RecordedLaunch> launches = launches(() -> a.conv3d(x, weight, null, geometry, Activation.NONE));
        return launches.get(launches.size() - 1);
    }

    @ParameterizedTest(name = "{0} -> {1} in {2} groups, {3}x{4}x{4}, stride {5}: {6}")
    @CsvSource({
        "8, 24, 1, 3, 3, 1, conv3d_128",
        "8, 16, 1, 3, 3, 1, conv3d_16",
        "3, 3, 1, 1, 3, 1, conv3d_16",
        "8, 24, 1, 1, 3, 2, conv3d_sm80",
        "8, 24, 1, 1, 1, 1, gemm_128x128",
        "8, 24, 1, 1, 1, 2, conv3d_sm80",
        "8, 24, 1, 3, 1, 1, conv3d_128",
        "8, 16, 2, 1, 1, 1, conv3d_simt_bf16_bf16",
        "8, 8, 8, 1, 3, 1, depthwise_conv3d_1x3x3",
        "8, 8, 8, 1, 5, 1, depthwise_conv3d_1x5x5",
        "8, 8, 8, 3, 3, 1, depthwise_conv3d_3x3x3",
        "8, 8, 8, 1, 3, 2, conv3d_simt_bf16_bf16"
    })
    void convolutionByShape(int in, int out, int groups, int kt, int side, int stride, String entry) {
        assertEquals(entry, convolution(in, out, groups, kt, side, stride).entry());
    }

    @Test
    void convolutionNumbers() {
        RecordedLaunch fast = convolution(3, 24, 1, 3, 3, 1);
        assertEquals(List.of(1, 4, 6), fast.grid());
        assertNumbers(
                Map.of("frames", 3, "height", 9, "width", 20, "channels_in", 8, "channels_out", 24, "kernel_frames", 3),
                fast);
        assertNumbers(Map.of("kernel_height", 3, "kernel_width", 3, "top", 1, "left", 1, "rearrange", 0), fast);
        RecordedLaunch strided = convolution(8, 24, 1, 1, 5, 2);
        assertEquals(List.of(1, 1, 6), strided.grid());
        assertNumbers(Map.of("height_in", 9, "width_in", 20, "height", 5, "width", 10, "stride", 2, "top", 2), strided);
        RecordedLaunch grouped = convolution(8, 16, 2, 1, 1, 1);
        assertEquals(List.of(17, 1, 2), grouped.grid());
        assertNumbers(Map.of("group_in", 4, "group_out", 8), grouped);
        assertEquals(8L, grouped.arguments().get("w_out"));
    }

    @Test
    void manyKeysAreSummedInChunks() {
        Tensor q = ones(DType.BF16, 1, 40, 2, 32);
        Tensor k = ones(DType.BF16, 1, 1030, 2, 32);
        List<RecordedLaunch> launches = launches(() -> a.linearAttention(q, k, k, 1e-6f));
        assertEquals(
                List.of("linear_attention_sum", "linear_attention_reduce", "linear_attention"),
                launches.stream().map(RecordedLaunch::entry).toList());
        assertEquals(List.of(3, 2, 1), launches.get(0).grid());
        assertNumbers(Map.of("keys", 1030, "head_dim", 32, "chunk", 512), launches.get(0));
        assertNumbers(Map.of("count", 2 * 32 * 33, "chunks", 3), launches.get(1));
        assertNumbers(Map.of("queries", 40, "head_dim", 32), launches.get(2));
    }

    @Test
    void layerMixReadsARowAtOnce() {
        List<Tensor> states = List.of(ones(DType.F32, 2, 3, 600), ones(DType.F32, 2, 3, 600));
        Tensor logits = ones(DType.BF16, 2, 3, 2);
        RecordedLaunch launch = launches(() -> a.layerMix(logits, states)).get(0);
        assertEquals("layer_mix_f32", launch.entry());
        assertEquals(List.of(6, 1, 1), launch.grid());
        assertEquals(96, launch.block());
        assertTrue(launch.points("logits", logits));
        assertTrue(launch.points("states", states.get(0)));
        assertNumbers(Map.of("logit_bytes", 2, "count", 2, "dim", 600), launch);
    }

    /** Processors other than Hopper run the plain entries. */
    @Test
    void olderProcessorsTakePlainEntries() {
        try (Backend older = EmulatedBackendProvider.open("cuda-emulated-sm80", BackendOptions.defaults(), recorder);
                Arena b = Arena.root(older, "older")) {
            Tensor x = b.fill(DType.BF16, 1, 3, 64);
            Tensor weight = b.pack(b.fill(DType.BF16, 1, 24, 64), Layout.LINEAR, DType.BF16);
            assertEquals(
                    "gemm_sm80",
                    launches(() -> b.linear(x, weight, null, Activation.NONE))
                            .get(0)
                            .entry());
            Tensor q = x.reshape(1, 3, 1, 64);
            assertEquals(
                    "attention_sm80_64",
                    launches(() -> b.attention(q, q, q, null, null, 1)).get(0).entry());
        }
    }
}
