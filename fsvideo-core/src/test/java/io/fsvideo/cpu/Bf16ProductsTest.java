package io.fsvideo.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fsvideo.conformance.Samples;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The path for processors with BF16 products, emulated by oneDNN where there are none: the same numbers up to BF16 rounding. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Bf16ProductsTest {
    private static final int AVX512 = 0x20;
    /** Inputs are the same BF16 numbers; only probabilities and results are rounded, each to 2^-9, before and after a sum. */
    private static final double RELATIVE = 0x1p-7;

    private Backend exact;
    private Backend rounding;

    @BeforeAll
    void open() {
        BackendOptions options = BackendOptions.defaults().withThreads(2);
        OneDnn oneDnn = OneDnn.load();
        assumeTrue((oneDnn.instructionSet() & AVX512) != 0, "oneDNN has no BF16 products below AVX-512");
        oneDnn.close();
        exact = CpuBackend.openWithProducts(DType.F32, options);
        rounding = CpuBackend.openWithProducts(DType.BF16, options);
    }

    @AfterAll
    void close() {
        for (Backend backend : new Backend[] {exact, rounding}) {
            if (backend != null) {
                assertEquals(0, backend.bytesInUse());
                backend.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear",
                "linear of long rows",
                "conv3d 3x3x3",
                "conv3d of a small frame",
                "conv3d stride 2",
                "conv3d depthwise",
                "conv3d grouped",
                "conv3d pointwise",
                "attention",
                "attention with bias and lengths",
                "pixelNorm",
                "rmsNorm",
                "layerNorm",
                "modulatedNorm",
                "qkNormRope",
                "layerMixNorm"
            })
    void agreesWithF32Products(String name) {
        float[] expected = result(exact, name);
        float[] actual = result(rounding, name);
        double scale = 0;
        for (float value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(expected[i] - actual[i]);
            assertTrue(difference <= RELATIVE * scale, name + " at " + i + ": " + expected[i] + " and " + actual[i]);
        }
    }

    private static float[] result(Backend backend, String name) {
        try (Arena a = Arena.root(backend, "sample")) {
            return Samples.all().get(name).apply(a, DType.BF16).toFloats();
        }
    }

    @Test
    void anF32InputKeepsItsPrecisionWithABf16Weight() {
        float[] expected = mixed(exact);
        float[] actual = mixed(rounding);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-4, "element " + i);
        }
    }

    private static float[] mixed(Backend backend) {
        try (Arena a = Arena.root(backend, "mixed")) {
            Tensor weight = a.pack(a.noise(DType.F32, 1, 0, 33, 65), Layout.LINEAR, DType.BF16);
            return a.linear(a.noise(DType.F32, 1, 1, 7, 65), weight, null, Activation.NONE)
                    .toFloats();
        }
    }
}
