package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of FP8 values with a scale per output, as {@code weights quantize} writes them, loaded on the CPU. */
class ScaledCheckpointTest {
    private static final int OUT = 3;
    private static final int IN = 17;
    private static final float[] SCALES = {1, 1e-3f, 300};

    @TempDir
    Path folder;

    private final Map<String, Declared> declared = new LinkedHashMap<>();
    private final Map<String, float[]> values = new LinkedHashMap<>();

    private void add(String name, DType dtype, float[] numbers, long... shape) {
        declared.put(name, new Declared(dtype, Shape.of(shape)));
        values.put(name, numbers);
    }

    private Path write() {
        Path file = folder.resolve("model.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, declared, Map.of())) {
            values.forEach((name, numbers) -> writer.write(name, numbers, 0, numbers.length));
            writer.commit();
        }
        return file;
    }

    /** Numbers that E4M3 holds exactly. */
    private static float[] codes(int count) {
        float[] codes = new float[count];
        for (int i = 0; i < count; i++) {
            codes[i] = (i % 15 - 7) * (1 << i % 4);
        }
        return codes;
    }

    private static float[] expected(float[] codes) {
        float[] expected = new float[codes.length];
        for (int i = 0; i < codes.length; i++) {
            expected[i] = codes[i] * SCALES[i / (codes.length / OUT)];
        }
        return expected;
    }

    private static Tensor identity(Arena a) {
        float[] one = new float[IN * IN];
        for (int i = 0; i < IN; i++) {
            one[i * IN + i] = 1;
        }
        return a.of("x", one, IN, IN);
    }

    private static float[] transposed(float[] matrix) {
        float[] result = new float[matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            result[i % IN * OUT + i / IN] = matrix[i];
        }
        return result;
    }

    private record Model(Linear linear, Tensor kernel, Tensor table) {
        static Model of(Weights w) {
            return new Model(
                    Linear.of(w.at("l"), IN, OUT),
                    w.conv3d("kernel", 1, OUT, IN, 1, 1, 1),
                    w.tensor("table", OUT, 1, 2));
        }
    }

    private void complete() {
        add("l.weight", DType.F8_E4M3, codes(OUT * IN), OUT, IN);
        add("l.weight_scale", DType.F32, SCALES, OUT);
        add("l.bias", DType.F32, new float[OUT], OUT);
        add("kernel", DType.F8_E4M3, codes(OUT * IN), OUT, IN, 1, 1, 1);
        add("kernel_scale", DType.F32, SCALES, OUT);
        add("table", DType.F8_E4M3, codes(OUT * 2), OUT, 1, 2);
        add("table_scale", DType.F32, SCALES, OUT);
    }

    @Test
    void valuesAreTheirCodesTimesTheScaleOfTheirOutput() {
        complete();
        try (Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "test");
                Safetensors file = Safetensors.open(write())) {
            Model model = Weights.load(a, new RenamedSource(file), DType.F32, Model::of);
            float[] matrix = transposed(expected(codes(OUT * IN)));
            assertArrayEquals(matrix, model.linear.forward(a, identity(a)).toFloats());
            Tensor pixels = identity(a).reshape(1, 1, 1, IN, IN);
            Tensor convolved = a.linear(pixels, model.linear.weight(), null, Activation.NONE);
            assertArrayEquals(matrix, convolved.toFloats());
            assertEquals(Shape.of(OUT, IN, 1, 1, 1), model.kernel.shape());
            assertArrayEquals(expected(codes(OUT * 2)), model.table.toFloats());
        }
    }

    private void assertFault(String message) {
        try (Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "test");
                Safetensors file = Safetensors.open(write())) {
            String got = assertThrows(
                            WeightsException.class,
                            () -> Weights.load(a, new RenamedSource(file), DType.F32, Model::of))
                    .getMessage();
            assertTrue(got.contains(message), got);
        }
    }

    @Test
    void aMissingScaleIsNamed() {
        complete();
        declared.remove("kernel_scale");
        values.remove("kernel_scale");
        assertFault("kernel_scale must be present, got none");
    }

    @Test
    void aScaleOfAnotherShapeIsNamed() {
        complete();
        add("kernel_scale", DType.F32, new float[] {1}, 1);
        assertFault("1 wrong shape: kernel_scale must be [3], got [1]");
    }

    @Test
    void aScaleOfNothingIsUnused() {
        complete();
        add("l.bias_scale", DType.F32, new float[] {1}, 1);
        assertFault("1 unused: l.bias_scale [1]");
    }

    @Test
    void theCpuDoesNotMultiplyFp8() {
        try (Backend backend = Backend.open("cpu")) {
            String message = assertThrows(
                            BackendException.class,
                            () -> new Residence(backend, "x", Offload.NONE, LinearWeights.FP8).close())
                    .getMessage();
            assertTrue(message.startsWith("linear weights: must be STORED on cpu"), message);
        }
    }
}
