package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Launchers of products refuse what would make a kernel read or write elsewhere, before anything is queued. */
class ProductContractTest {
    private final RecordedLaunch.Recorder launches = new RecordedLaunch.Recorder();
    private EmulatedDevice emulated;
    private Device device;
    private Weights weights;
    private Arena a;
    private Arena shifted;

    @BeforeEach
    void open() {
        emulated = EmulatedDevice.open();
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 24);
        device = new Device(driver, BackendOptions.defaults(), launches);
        weights = new Weights(device);
        a = emulated.arena();
        shifted = Arena.root(shifted(emulated.backend()), "shifted");
    }

    @AfterEach
    void close() {
        assertEquals(0, device.memory().liveBlocks(), "scratch left");
        assertTrue(launches.launches().isEmpty(), "a launch was queued");
        a.close();
        shifted.close();
        device.close();
        emulated.close();
    }

    /** A backend whose memory begins two bytes behind where it should. */
    private static Backend shifted(Backend backend) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "allocate":
                            return backend.allocate((long) arguments[0] + 2) + 2;
                        case "free":
                            backend.free((long) arguments[0] - 2, (long) arguments[1] + 2);
                            return null;
                        default:
                            try {
                                return method.invoke(backend, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                    }
                });
    }

    private static Tensor bf16(Arena arena, String name, long... dims) {
        return arena.alloc(name, DType.BF16, Shape.of(dims));
    }

    private Tensor bf16(String name, long... dims) {
        return bf16(a, name, dims);
    }

    private static void refused(Class<? extends FsVideoException> type, String message, Executable call) {
        FsVideoException e = assertThrows(type, call);
        assertTrue(e.getMessage().contains(message), e::getMessage);
    }

    @Test
    void linear() {
        LinearProduct linear = new LinearProduct(device, weights);
        Tensor weight = a.pack(a.fill(DType.BF16, 1, 24, 16), Layout.LINEAR, DType.BF16);
        Tensor x = bf16("x", 3, 16);
        Tensor out = bf16("out", 3, 24);
        Tensor bias = a.fill(DType.F32, 1, 24);
        refused(
                BackendException.class,
                "linear: weight must be a tensor, got null",
                () -> linear.run(out, x, null, null, Activation.NONE));
        refused(
                BackendException.class,
                "linear: out must be a tensor, got null",
                () -> linear.run(null, x, weight, bias, Activation.NONE));
        refused(
                BackendException.class,
                "linear: x must lie at a multiple of 16 bytes",
                () -> linear.run(out, bf16(shifted, "x", 3, 16), weight, bias, Activation.NONE));
        refused(
                BackendException.class,
                "linear: out must lie at a multiple of 16 bytes",
                () -> linear.run(bf16(shifted, "out", 3, 24), x, weight, bias, Activation.NONE));
        refused(
                ShapeException.class,
                "linear: x must be [..., 16]",
                () -> linear.run(out, bf16("x", 3, 8), weight, bias, Activation.NONE));
        refused(
                ShapeException.class,
                "linear: out must be [..., 24] for x [3, 16] BF16",
                () -> linear.run(bf16("out", 4, 24), x, weight, bias, Activation.NONE));
        refused(
                ShapeException.class,
                "linear: out must be",
                () -> linear.run(a.alloc("out", DType.F32, Shape.of(3, 24)), x, weight, bias, Activation.NONE));
        refused(
                ShapeException.class,
                "linear: bias must be 24 numbers of F32",
                () -> linear.run(out, x, weight, a.alloc("bias", DType.F32, Shape.of(23)), Activation.NONE));
    }

    @Test
    void gemm() {
        Gemm gemm = new Gemm(device);
        refused(
                ShapeException.class,
                "gemm: depth must be a positive multiple of 8",
                () -> gemm.run(product(DType.BF16, 12, 12)));
        refused(
                ShapeException.class,
                "gemm: depth must be a positive multiple of 8 without gaps",
                () -> gemm.run(product(DType.BF16, 8, 16)));
        refused(ShapeException.class, "gemm: operands must be BF16", () -> gemm.run(product(DType.F32, 8, 8)));
        refused(ShapeException.class, "pitch of the weight must be at least 8", () -> product(DType.F32, 8, 4));
        refused(
                BackendException.class,
                "linear: out must lie at a multiple of 16 bytes, got address 0x0",
                () -> new Product(0, 16, DType.F32, 16, DType.F32, 8, 0, 1, 1, 8, Activation.NONE));
    }

    private static Product product(DType dtype, long depth, long pitch) {
        return new Product(256, 512, dtype, 1024, dtype, pitch, 0, 3, 5, depth, Activation.NONE);
    }

    @Test
    void attention() {
        Attention attention = new Attention(device);
        Tensor q = bf16("q", 2, 3, 4, 64);
        Tensor k = bf16("k", 2, 5, 4, 64);
        refused(
                BackendException.class,
                "attention: k must be a tensor, got null",
                () -> attention.run(q, q, null, k, null, null, 1));
        refused(
                BackendException.class,
                "attention: v must lie at a multiple of 16 bytes",
                () -> attention.run(q, q, k, bf16(shifted, "v", 2, 5, 4, 64), null, null, 1));
        refused(
                ShapeException.class,
                "attention: k and v must be of q's batch, heads, headDim and dtype",
                () -> attention.run(q, q, bf16("k", 2, 5, 2, 64), k, null, null, 1));
        refused(
                ShapeException.class,
                "attention: v must be as long as",
                () -> attention.run(q, q, k, bf16("v", 2, 6, 4, 64), null, null, 1));
        refused(
                ShapeException.class,
                "attention: keyLengths must be 2 numbers, got [5, 5, 1]",
                () -> attention.run(q, q, k, k, null, new int[] {5, 5, 1}, 1));
        refused(
                ShapeException.class,
                "attention: keys must be within 1..5, got 0",
                () -> attention.run(q, q, k, k, null, new int[] {0, 5}, 1));
        refused(
                ShapeException.class,
                "attention: bias must be 60 numbers of F32",
                () -> attention.run(q, q, k, k, a.alloc("bias", DType.F32, Shape.of(4, 3, 4)), null, 1));
        Tensor wide = bf16("wide", 1, 1, 1, 520);
        refused(
                ShapeException.class,
                "attention: headDim must be at most 512, got 520",
                () -> attention.run(wide, wide, wide, wide, null, null, 1));
    }

    @Test
    void convolution() {
        Convolution convolution = new Convolution(device, weights, new LinearProduct(device, weights));
        Tensor weight = a.pack(a.fill(DType.BF16, 1, 16, 8, 3, 3, 3), Layout.conv3d(1), DType.BF16);
        Conv3dGeometry geometry = Conv3dGeometry.same(FrameTaps.causal(2, 3), 3, 3, 1);
        Tensor x = bf16("x", 1, 2, 4, 5, 8);
        Tensor out = bf16("out", 1, 2, 4, 5, 16);
        refused(
                BackendException.class,
                "conv3d: x must be a tensor, got null",
                () -> convolution.run(out, null, weight, null, geometry, Activation.NONE));
        refused(
                BackendException.class,
                "conv3d: out must lie at a multiple of 16 bytes",
                () -> convolution.run(
                        bf16(shifted, "out", 1, 2, 4, 5, 16), x, weight, null, geometry, Activation.NONE));
        refused(
                ShapeException.class,
                "conv3d: x must be of 8 channels in 1 groups",
                () -> convolution.run(out, bf16("x", 1, 2, 4, 5, 16), weight, null, geometry, Activation.NONE));
        refused(
                ShapeException.class,
                "conv3d: out must be [1, 2, 4, 5, 16] BF16",
                () -> convolution.run(bf16("out", 1, 2, 4, 6, 16), x, weight, null, geometry, Activation.NONE));
        refused(
                ShapeException.class,
                "conv3d: bias must be 16 numbers of F32",
                () -> convolution.run(out, x, weight, bf16("bias", 16), geometry, Activation.NONE));
    }

    @Test
    void linearAttention() {
        LinearAttention attention = new LinearAttention(device);
        Tensor q = bf16("q", 2, 3, 4, 32);
        Tensor wide = bf16("wide", 1, 3, 1, 136);
        refused(
                ShapeException.class,
                "linearAttention: q must be of at most 128 per head",
                () -> attention.run(wide, wide, wide, wide, 1));
        refused(
                ShapeException.class,
                "linearAttention: k and v must be alike",
                () -> attention.run(q, q, bf16("k", 2, 5, 4, 32), bf16("v", 2, 6, 4, 32), 1));
        refused(
                BackendException.class,
                "linearAttention: q must lie at a multiple of 16 bytes",
                () -> attention.run(q, bf16(shifted, "q", 2, 3, 4, 32), q, q, 1));
        refused(
                BackendException.class,
                "linearAttention: out must be a tensor, got null",
                () -> attention.run(null, q, q, q, 1));
    }

    @Test
    void layerMix() {
        RowKernels mix = device.rows();
        Tensor state = bf16("state", 1, 3, 16);
        Tensor logits = bf16("logits", 1, 3, 2);
        refused(
                ShapeException.class,
                "layerMix: states must be 1..64, got 65",
                () -> mix.layerMix(state, bf16("logits", 1, 3, 65), Collections.nCopies(65, state)));
        refused(
                ShapeException.class,
                "layerMix: states must be like state [1, 3, 16] BF16",
                () -> mix.layerMix(state, logits, List.of(state, bf16("other", 1, 3, 8))));
        refused(
                ShapeException.class,
                "layerMix: logits must be [3 tokens, 1]",
                () -> mix.layerMix(state, logits, List.of(state)));
        refused(
                BackendException.class,
                "layerMix: states must lie at a multiple of 16 bytes",
                () -> mix.layerMix(state, logits, List.of(state, bf16(shifted, "other", 1, 3, 16))));
    }
}
