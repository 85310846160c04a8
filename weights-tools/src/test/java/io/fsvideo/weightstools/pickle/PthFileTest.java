package io.fsvideo.weightstools.pickle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.tensor.Floats;
import io.fsvideo.weightstools.checkpoint.StoredInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch itself wrote. */
class PthFileTest {
    private static PthFile open(String name) {
        return PthFile.open(Pickles.MADE.resolve(name));
    }

    private static ByteBuffer bytes(PthFile file, String name) {
        StoredInfo info = info(file, name);
        ByteBuffer bytes = ByteBuffer.allocate((int) info.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(name, 0, bytes);
        return bytes.flip();
    }

    private static StoredInfo info(PthFile file, String name) {
        return file.tensors().stream()
                .filter(info -> info.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static float[] floats(PthFile file, String name) {
        float[] values = new float[(int) info(file, name).shape().numel()];
        bytes(file, name).asFloatBuffer().get(values);
        return values;
    }

    @Test
    void everyTypeHasItsBytes() {
        try (PthFile file = open("types.pth")) {
            Map<String, String> described = file.tensors().stream()
                    .collect(Collectors.toMap(StoredInfo::name, info -> info.type() + " " + info.shape()));
            assertEquals(
                    Map.ofEntries(
                            Map.entry("float32", "F32 [3, 5]"),
                            Map.entry("float64", "F64 [3, 5]"),
                            Map.entry("float16", "F16 [3, 5]"),
                            Map.entry("bfloat16", "BF16 [3, 5]"),
                            Map.entry("int64", "I64 [7]"),
                            Map.entry("int32", "I32 [3]"),
                            Map.entry("uint8", "U8 [4]"),
                            Map.entry("scalar", "F32 []"),
                            Map.entry("empty", "F32 [0, 3]"),
                            Map.entry("row", "F32 [5]"),
                            Map.entry("parameter", "F32 [2, 5]")),
                    described);
            assertValues(file);
        }
    }

    private static void assertValues(PthFile file) {
        float[] values = floats(file, "float32");
        ByteBuffer doubles = bytes(file, "float64");
        ByteBuffer halves = bytes(file, "float16");
        ByteBuffer brains = bytes(file, "bfloat16");
        for (float value : values) {
            assertEquals(value, doubles.getDouble());
            assertEquals(Floats.toF16(value), halves.getShort());
            assertEquals(Floats.toBf16(value), brains.getShort());
        }
        ByteBuffer integers = bytes(file, "int64");
        for (int i = 0; i < 7; i++) {
            assertEquals(i - 3, integers.getLong());
        }
        assertArrayEquals(new float[] {2.5f}, floats(file, "scalar"));
        assertArrayEquals(new float[0], floats(file, "empty"));
        float[] row = floats(file, "row");
        float[] parameter = floats(file, "parameter");
        for (int i = 0; i < 5; i++) {
            assertEquals(values[5 + i], row[i], "a view into the storage of another tensor");
            assertEquals(2 * values[i], parameter[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"module-2.pth", "module-3.pth", "module-4.pth", "module-5.pth", "zip64.pth"})
    void everyProtocolAndZip64GiveTheSame(String name) {
        try (PthFile file = open(name)) {
            assertEquals(
                    List.of("0.bias", "0.weight", "1.bias", "1.weight"),
                    file.tensors().stream().map(StoredInfo::name).toList());
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, floats(file, "0.weight"));
            assertArrayEquals(new float[] {1, 2}, floats(file, "0.bias"));
            assertArrayEquals(new float[] {2, 3}, floats(file, "1.weight"));
            assertArrayEquals(new float[] {3, 4}, floats(file, "1.bias"));
        }
    }

    @Test
    void theFirstAverageIsTaken() {
        try (PthFile file = open("averages.pt")) {
            assertArrayEquals(new float[] {1, 1}, floats(file, "a"));
        }
    }

    @Test
    void rangesAreReadInPlace() {
        try (PthFile file = open("module-2.pth")) {
            ByteBuffer middle = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            file.read("0.weight", 12, middle);
            assertEquals(3f, middle.getFloat(0));
            assertEquals(4f, middle.getFloat(4));
            PthRefusalTest.assertRefused(() -> file.read("0.weight", 20, ByteBuffer.allocate(8)), "within", "0.weight");
            PthRefusalTest.assertRefused(() -> file.read("none", 0, ByteBuffer.allocate(8)), "of a tensor", "none");
        }
    }

    @Test
    void whatIsNoFileIsRefused() {
        PthRefusalTest.assertRefused(() -> PthFile.open(Path.of("none.pth")), "must be a file, got nothing there");
        PthRefusalTest.assertRefused(() -> PthFile.open(Pickles.MADE), "must be a file, got something else");
    }
}
