package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch itself wrote. */
class PthFileTest {
    @TempDir
    Path folder;

    private static PthFile open(String name) {
        return PthFile.open(Pickles.MADE.resolve(name));
    }

    private static ByteBuffer bytes(PthFile file, String name) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
        file.read(name, 0, bytes);
        return bytes.flip();
    }

    private static float[] floats(PthFile file, String name) {
        float[] values = new float[(int) file.shapes().get(name).numel()];
        bytes(file, name).asFloatBuffer().get(values);
        return values;
    }

    private static Map<String, String> described(PthFile file) {
        Map<String, String> described = new TreeMap<>();
        file.shapes().forEach((name, shape) -> described.put(name, file.storedType(name) + " " + shape));
        return described;
    }

    @Test
    void everyTypeHasItsBytes() {
        try (PthFile file = open("types.pth")) {
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
                    described(file));
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
    @ValueSource(
            strings = {
                "module-2.pth",
                "module-3.pth",
                "module-4.pth",
                "module-5.pth",
                "zip64.pth",
                "legacy-module-2.pth",
                "legacy-module-4.pth"
            })
    void everyProtocolZip64AndTheOldFormatGiveTheSame(String name) {
        try (PthFile file = open(name)) {
            assertEquals(
                    List.of("0.bias", "0.weight", "1.bias", "1.weight"),
                    List.copyOf(file.shapes().keySet()));
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, floats(file, "0.weight"));
            assertArrayEquals(new float[] {1, 2}, floats(file, "0.bias"));
            assertArrayEquals(new float[] {2, 3}, floats(file, "1.weight"));
            assertArrayEquals(new float[] {3, 4}, floats(file, "1.bias"));
        }
    }

    @Test
    void theOldFormatHasEveryType() {
        try (PthFile file = open("legacy-types.pth")) {
            Map<String, String> plain = described(file);
            plain.keySet().removeIf(name -> plain.containsKey(name + ".twin") || name.endsWith(".twin"));
            assertEquals(
                    Map.ofEntries(
                            Map.entry("float32", "F32 [3, 5]"),
                            Map.entry("float64", "F64 [3, 5]"),
                            Map.entry("float16", "F16 [3, 5]"),
                            Map.entry("bfloat16", "BF16 [3, 5]"),
                            Map.entry("int64", "I64 [7]"),
                            Map.entry("int32", "I32 [3]"),
                            Map.entry("int16", "I16 [3]"),
                            Map.entry("int8", "I8 [3]"),
                            Map.entry("uint8", "U8 [4]"),
                            Map.entry("bool", "BOOL [2]"),
                            Map.entry("scalar", "F32 []"),
                            Map.entry("empty", "F32 [0, 3]"),
                            Map.entry("row", "F32 [5]"),
                            Map.entry("parameter", "F32 [2, 5]")),
                    plain);
            assertValues(file);
            assertEquals(ByteBuffer.wrap(new byte[] {-1, 0, 1}), bytes(file, "int8"));
            assertEquals(ByteBuffer.wrap(new byte[] {1, 0}), bytes(file, "bool"));
        }
    }

    /** PyTorch's own contiguous copy stands beside each. */
    @ParameterizedTest
    @CsvSource({"strides.pth", "legacy-types.pth"})
    void otherStridesAreGathered(String name) {
        try (PthFile file = open(name)) {
            for (String view : List.of("transposed", "columns", "every_second", "channels_last", "permuted_bfloat16")) {
                ByteBuffer twin = bytes(file, view + ".twin");
                assertEquals(file.shapes().get(view + ".twin"), file.shapes().get(view));
                assertEquals(twin, bytes(file, view), view);
                ByteBuffer middle = ByteBuffer.allocate(twin.capacity() - 3);
                file.read(view, 2, middle);
                assertEquals(twin.slice(2, middle.capacity()), middle.flip(), view);
            }
        }
    }

    /** Byte strings, a dict made of pairs, and the tensors of PyTorch 0.3. */
    @Test
    void whatPython2WroteIsRead() {
        try (PthFile file = open("legacy-python-2.pth")) {
            assertArrayEquals(new float[] {1, 2, 3, 4}, floats(file, "a"));
            assertArrayEquals(new float[] {1, 2, 3, 4}, floats(file, "b"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "legacy-"})
    void tensorsWithoutNamesAreNumbered(String format) {
        float[] values = {0, 1, 2, 3, 4, 5};
        try (PthFile file = open(format + "tensor.pth")) {
            assertEquals(Map.of("tensor", "F32 [2, 3]"), described(file));
            assertArrayEquals(values, floats(file, "tensor"));
        }
        for (String name : List.of("list.pth", "tuple.pth")) {
            try (PthFile file = open(format + name)) {
                assertEquals(Map.of("0", "F32 [2, 3]", "1", "BF16 [2]"), described(file));
                assertArrayEquals(values, floats(file, "0"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"module-2.pth", "zip64.pth", "legacy-module-2.pth", "legacy-module-4.pth"})
    void whatItIsIsFoundByItsContent(String name) throws IOException {
        Path renamed = Files.copy(Pickles.MADE.resolve(name), folder.resolve("model.bin"));
        try (Container file = Container.open(renamed);
                Backend backend = Backend.open("cpu");
                Arena arena = Arena.root(backend, "pth")) {
            Tensor weight = file.load(arena, "0.weight", Shape.of(2, 3));
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, weight.toFloats());
        }
    }

    /** An interrupt closes channels; and a model may lie in a zip. */
    @Test
    void anInterruptedReaderAndAnotherFileSystemAreRead() throws IOException {
        Path zip = folder.resolve("model.zip");
        try (FileSystem inside = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            Path there = Files.copy(Pickles.MADE.resolve("legacy-module-2.pth"), inside.getPath("/m.pth"));
            try (PthFile file = PthFile.open(there)) {
                Thread.currentThread().interrupt();
                assertArrayEquals(new float[] {1, 2}, floats(file, "0.bias"));
                assertTrue(Thread.interrupted());
                assertArrayEquals(new float[] {2, 3}, floats(file, "1.weight"));
            }
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
            PthRefusalTest.assertRefused(() -> file.read("none", 0, ByteBuffer.allocate(8)), "none must be present");
        }
    }

    @Test
    void whatIsNoFileIsRefused() {
        PthRefusalTest.assertRefused(() -> PthFile.open(Path.of("none.pth")), "must be a file, got nothing there");
        PthRefusalTest.assertRefused(() -> PthFile.open(Pickles.MADE), "must be a file, got something else");
    }
}
