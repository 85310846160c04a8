package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.ProductLibrary;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by cuBLAS: the arguments, and the real bindings over a library built from source that computes them. */
class CublasTest {
    private static final BackendOptions CUBLAS = BackendOptions.defaults().withProducts(ProductLibrary.CUBLAS);

    @Test
    void rowMajorOperandsAreExchanged() {
        Product product = new Product(256, 512, DType.BF16, 1024, DType.BF16, 24, 0, 7, 40, 20, Activation.NONE);
        MatrixLibrary.ColumnMajor expected = new MatrixLibrary.ColumnMajor(40, 7, 20, 1024, 24, 512, 20, 256, 40, 14);
        assertEquals(expected, MatrixLibrary.ColumnMajor.of(product));
    }

    @Test
    void refusesWhatCublasCannotTake() {
        Product mixed = new Product(256, 512, DType.BF16, 1024, DType.F32, 24, 0, 7, 40, 20, Activation.NONE);
        assertThrows(ShapeException.class, () -> MatrixLibrary.ColumnMajor.of(mixed));
        Product large = new Product(256, 512, DType.F32, 1024, DType.F32, 24, 0, 1L << 31, 40, 20, Activation.NONE);
        ShapeException e = assertThrows(ShapeException.class, () -> MatrixLibrary.ColumnMajor.of(large));
        assertEquals("linear: sizes for cuBLAS must be below 2^31, got 2147483648", e.getMessage());
    }

    /** Small whole numbers, so that every sum is exact in BF16. */
    private static Tensor whole(Arena a, String name, DType dtype, long rows, long columns) {
        float[] values = new float[(int) (rows * columns)];
        for (int i = 0; i < values.length; i++) {
            values[i] = i * 7 % 5 - 2;
        }
        return a.of(name, dtype, values, rows, columns);
    }

    @ParameterizedTest(name = "{0} x {1}, [{2}, {3}] x [{4}, {3}], {5}")
    @CsvSource({
        "BF16, BF16, 1, 1, 1, NONE",
        "BF16, BF16, 5, 13, 7, NONE",
        "BF16, BF16, 33, 16, 24, RELU",
        "F32, F32, 9, 19, 3, NONE",
        "F32, F32, 2, 8, 40, RELU",
        "F32, BF16, 2, 8, 40, RELU"
    })
    void givesTheKernelsResults(DType x, DType weight, int rows, int in, int out, Activation activation) {
        FakeDriver.buildBlas();
        for (boolean biased : new boolean[] {false, true}) {
            float[] expected = linear(BackendOptions.defaults(), x, weight, rows, in, out, activation, biased);
            assertArrayEquals(expected, linear(CUBLAS, x, weight, rows, in, out, activation, biased));
            assertTrue(
                    expected.length == rows * out && (in == 1 || !isConstant(expected)), "a product worth comparing");
        }
    }

    private static boolean isConstant(float[] values) {
        for (float value : values) {
            if (value != values[0]) {
                return false;
            }
        }
        return true;
    }

    private static float[] linear(
            BackendOptions options,
            DType x,
            DType weight,
            int rows,
            int in,
            int out,
            Activation activation,
            boolean biased) {
        try (Backend backend = new FakeDriver().open(FakeDriver.NAME, options);
                Arena a = Arena.root(backend, "test")) {
            Tensor packed = a.pack(whole(a, "weight", weight, out, in), Layout.LINEAR, weight);
            Tensor bias = biased ? whole(a, "bias", DType.F32, 1, out).reshape(out) : null;
            return a.linear(whole(a, "x", x, rows, in), packed, bias, activation)
                    .toFloats();
        }
    }

    /** The emulator has no cuBLAS: a clear error, and nothing left open. */
    @Test
    void isNeverReplacedSilently() {
        EmulatorDriver driver = new EmulatorDriver(EmulatorBuild.library(), 9, 1 << 20);
        BackendException e =
                assertThrows(BackendException.class, () -> new CudaBackend("cuda-emulated", driver, CUBLAS));
        assertEquals("emulator: has no cuBLAS; use the kernels", e.getMessage());
        driver.close();
    }
}
