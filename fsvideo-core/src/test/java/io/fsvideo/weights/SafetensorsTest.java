package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.assertFault;
import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.OutOfMemoryException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    /** Small enough that every tensor below crosses many pieces, and odd elements straddle them. */
    private static final int[] PIECES = {8, 24, 64, 4096};

    @TempDir
    Path folder;

    private Backend backend;

    @BeforeEach
    void open() {
        backend = Backend.open("reference");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertEquals(0, backend.bytesInUse());
        backend.close();
        assertEquals(0, Crafted.openFiles(folder));
    }

    /** Bit patterns of every kind: for one-byte types all of them. */
    private static byte[] bits(DType dtype) {
        return Crafted.counting(dtype.bytes() * 257);
    }

    private static float[] decoded(DType dtype, byte[] data) {
        float[] values = new float[data.length / dtype.bytes()];
        ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        Floats.decode(dtype, buffer, values, 0, values.length);
        return values;
    }

    private byte[] out(Tensor tensor) {
        ByteBuffer buffer = ByteBuffer.allocate((int) tensor.bytes());
        backend.copyOut(buffer, tensor, 0);
        return buffer.array();
    }

    @Test
    void loadsEveryDtypeToTheBit() throws IOException {
        StringBuilder json = new StringBuilder();
        ByteBuffer data = ByteBuffer.allocate(8192).put((byte) 9);
        for (DType dtype : DType.values()) {
            int start = data.position();
            data.put(bits(dtype));
            String offsets = "[" + start + "," + data.position() + "]";
            json.append(',').append(entry(dtype.name(), dtype.name(), "[257,1]", offsets));
        }
        byte[] all = Arrays.copyOf(data.array(), data.position());
        String text = "{" + entry("odd", "U8", "[1]", "[0,1]") + json + "}";
        Path file = Files.write(folder.resolve("all"), Crafted.bytes(text, all));
        for (int piece : PIECES) {
            try (Safetensors s = Safetensors.open(file, piece);
                    Arena a = Arena.root(backend, "test")) {
                for (DType dtype : DType.values()) {
                    Tensor tensor = s.load(a, dtype.name());
                    assertEquals(dtype.name() + " [257, 1] " + dtype, tensor.toString());
                    assertEquals(dtype, s.dtype(dtype.name()));
                    assertArrayEquals(bits(dtype), out(tensor));
                    assertArrayEquals(decoded(dtype, bits(dtype)), s.floats(dtype.name()));
                }
                assertEquals(a.bytesInUse(), backend.bytesInUse());
            }
        }
    }

    @Test
    void loadsInt64AsInt32() throws IOException {
        ByteBuffer data = ByteBuffer.allocate(8 * 257).order(ByteOrder.LITTLE_ENDIAN);
        float[] expected = new float[257];
        for (int i = 0; i < 257; i++) {
            long value = i == 0 ? Integer.MIN_VALUE : i == 1 ? Integer.MAX_VALUE : i * 1000L - 99_999;
            data.putLong(value);
            expected[i] = value;
        }
        Path file = folder.resolve("ids");
        Files.write(file, Crafted.bytes(header(entry("ids", "I64", "[257]", "[0,2056]")), data.array()));
        for (int piece : PIECES) {
            try (Safetensors s = Safetensors.open(file, piece);
                    Arena a = Arena.root(backend, "test")) {
                Tensor ids = s.load(a, "ids");
                assertEquals(DType.I32, ids.dtype());
                assertEquals(DType.I32, s.dtype("ids"));
                assertArrayEquals(expected, ids.toFloats());
                assertArrayEquals(expected, s.floats("ids"));
            }
        }
    }

    @Test
    void refusesInt64BeyondInt32() throws IOException {
        for (long value : new long[] {1L << 31, -(1L << 31) - 1, Long.MIN_VALUE}) {
            byte[] data = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(8, value)
                    .array();
            Path file = Files.write(
                    folder.resolve("ids"), Crafted.bytes(header(entry("ids", "I64", "[2]", "[0,16]")), data));
            try (Safetensors s = Safetensors.open(file);
                    Arena a = Arena.root(backend, "test")) {
                assertFault(() -> s.load(a, "ids"), file, "values of ids", "32 bits", value);
                assertFault(() -> s.floats("ids"), file, "values of ids", "32 bits", value);
                assertEquals(0, a.bytesInUse());
            }
        }
    }

    @Test
    void keepsMetadataScalarsAndEmptyTensors() throws IOException {
        String meta = "\"__metadata__\":{\"format\":\"pt\",\"n\\u00e9\":\"\"}";
        String text = header(
                entry("empty", "F32", "[0,7]", "[0,0]"),
                meta,
                entry("scalar", "F32", "[]", "[0,4]"),
                entry("huge", "U8", "[0,9223372036854775807,4]", "[4,4]"));
        Path file = Files.write(folder.resolve("x"), Crafted.bytes(text + "   ", new byte[] {0, 0, (byte) 0x80, 63}));
        try (Safetensors s = Safetensors.open(file);
                Arena a = Arena.root(backend, "test")) {
            assertEquals(Map.of("format", "pt", "né", ""), s.metadata());
            assertEquals(List.of("empty", "scalar", "huge"), List.copyOf(s.keys()));
            assertEquals(Shape.of(0, 7), s.shape("empty"));
            assertArrayEquals(new float[0], s.floats("empty"));
            assertArrayEquals(new float[] {1}, s.load(a, "scalar").toFloats());
            assertEquals(0, s.load(a, "empty").numel());
            assertEquals(0, s.load(a, "huge").numel());
        }
    }

    @Test
    void readsFilesWithoutTensors() throws IOException {
        try (Safetensors s = Safetensors.open(Crafted.file(folder.resolve("x"), "{}", 0))) {
            assertTrue(s.keys().isEmpty());
        }
    }

    @Test
    void namesAbsentKeysAndOtherShapes() throws IOException {
        Path file = Crafted.file(folder.resolve("x"), header(entry("a.b", "F32", "[2]", "[0,8]")), 8);
        try (Safetensors s = Safetensors.open(file);
                Arena a = Arena.root(backend, "test")) {
            assertFault(() -> s.floats("a.c"), file, "a.c must be present");
            assertFault(() -> s.load(a, "a.c", Shape.of(2)), file, "a.c must be present");
            assertFault(() -> s.load(a, "a.b", Shape.of(3)), file, "a.b must be [3]", "[2] F32");
        }
    }

    @Test
    void failsAfterClose() throws IOException {
        Path file = Crafted.file(folder.resolve("x"), header(entry("a", "F32", "[2]", "[0,8]")), 8);
        Safetensors s = Safetensors.open(file);
        s.close();
        s.close();
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> s.floats("a"));
        assertTrue(e.getMessage().contains(file + " was used after it was closed"), e.getMessage());
    }

    @Test
    void freesWhatDidNotFit() throws IOException {
        Path file = Crafted.file(folder.resolve("x"), header(entry("a", "F32", "[20]", "[0,80]")), 80);
        try (Safetensors s = Safetensors.open(file);
                Arena a = Arena.root(backend, "small", 79)) {
            assertThrows(OutOfMemoryException.class, () -> s.load(a, "a"));
            assertEquals(0, a.bytesInUse());
        }
    }

    @Test
    void saysWhenAFileShrankSinceItWasOpened() throws IOException {
        Path file = Crafted.file(folder.resolve("x"), header(entry("a", "F32", "[20]", "[0,80]")), 80);
        try (Safetensors s = Safetensors.open(file)) {
            Files.write(file, new byte[20]);
            assertFault(() -> s.floats("a"), file, "was changed while it was open");
        }
    }

    @Test
    void filesCanBeDeletedWhileTensorsLive() throws IOException {
        Path file = Crafted.file(folder.resolve("x"), header(entry("a", "U8", "[3]", "[0,3]")), 3);
        try (Arena a = Arena.root(backend, "test")) {
            Tensor kept;
            try (Safetensors s = Safetensors.open(file)) {
                kept = s.load(a, "a");
            }
            Files.delete(file);
            Crafted.assertOnly(folder, new String[0]);
            assertArrayEquals(new float[] {0, 1, 2}, kept.toFloats());
        }
    }

    @Test
    void listsKeysInOrderOfTheirBytes() throws IOException {
        Map<String, Shape> expected = new LinkedHashMap<>();
        expected.put("z", Shape.of(1));
        expected.put("a", Shape.of(2));
        String text = header(entry("a", "U8", "[2]", "[1,3]"), entry("z", "U8", "[1]", "[0,1]"));
        try (Safetensors s = Safetensors.open(Crafted.file(folder.resolve("x"), text, 3))) {
            assertEquals(List.copyOf(expected.keySet()), List.copyOf(s.shapes().keySet()));
            assertEquals(expected, s.shapes());
            assertEquals(folder.resolve("x").toString(), s.description());
        }
    }
}
