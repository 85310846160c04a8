package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.assertFault;
import static io.fsvideo.weights.Crafted.assertOnly;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {
    private static final Map<String, Declared> PAIR =
            Map.of("a", new Declared(DType.F32, Shape.of(2)), "b", new Declared(DType.U8, Shape.of(3)));

    @TempDir
    Path folder;

    private Path target;

    @BeforeEach
    void name() {
        target = folder.resolve("model.safetensors");
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertEquals(0, Crafted.openFiles(folder));
    }

    private void writePair(Map<String, String> metadata) {
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, metadata)) {
            writer.write("b", new float[] {9, 1, 2, 255, 9}, 1, 3);
            writer.write("a", new float[] {1}, 0, 1);
            writer.write("a", new float[] {-2}, 0, 1);
            writer.commit();
        }
    }

    /** Names of temporary files are not made of the target's. */
    @Test
    void theLongestNameIsWrittenAndWhatKilledRunsLeftIsRemoved() throws IOException {
        Path old = Files.createFile(folder.resolve(".fsvideo-old.tmp"));
        Files.setLastModifiedTime(old, FileTime.fromMillis(1));
        target = folder.resolve("m".repeat(243) + ".safetensors");
        writePair(Map.of());
        assertOnly(folder, target.getFileName().toString());
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void roundTripsToTheBit(DType dtype) throws IOException {
        // More than one of the writer's pieces, and not a multiple of one.
        int count = (1 << 20) + 257;
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (i % 1000 - 500) * (i % 3 == 0 ? 1e-3f : 1);
        }
        ByteBuffer expected = ByteBuffer.allocate(count * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        Floats.encode(dtype, values, 0, count, expected);
        Map<String, Declared> one = Map.of("x", new Declared(dtype, Shape.of(count, 1)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, one, Map.of())) {
            writer.write("x", values, 0, count);
            writer.commit();
        }
        try (Backend backend = Backend.open("reference");
                Safetensors s = Safetensors.open(target)) {
            try (Arena a = Arena.root(backend, "test")) {
                Tensor tensor = s.load(a, "x");
                ByteBuffer got = ByteBuffer.allocate((int) tensor.bytes());
                backend.copyOut(got, tensor, 0);
                assertArrayEquals(expected.array(), got.array());
                assertCopies(backend, tensor, one);
            }
            assertEquals(0, backend.bytesInUse());
        }
    }

    private void assertCopies(Backend backend, Tensor tensor, Map<String, Declared> one) throws IOException {
        Path copy = folder.resolve("copy");
        try (SafetensorsWriter writer = SafetensorsWriter.create(copy, one, Map.of())) {
            writer.write("x", backend, tensor);
            writer.commit();
        }
        assertEquals(-1, Files.mismatch(target, copy));
    }

    @Test
    void sameInputGivesSameBytesWhateverTheMapsOrder() throws IOException {
        writePair(Map.of("one", "1", "two", "2"));
        byte[] first = Files.readAllBytes(target);
        Map<String, String> other = new LinkedHashMap<>();
        other.put("two", "2");
        other.put("one", "1");
        writePair(other);
        assertArrayEquals(first, Files.readAllBytes(target));
        assertOnly(folder, "model.safetensors");
        String text = "{\"__metadata__\":{\"one\":\"1\",\"two\":\"2\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
        byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 1, 2, (byte) 255};
        assertArrayEquals(Crafted.bytes(text + " ".repeat(7 - (text.length() + 7) % 8), data), first);
    }

    @Test
    void replacesOnlyWhenCommitted() throws IOException {
        writePair(Map.of("format", "pt"));
        byte[] before = Files.readAllBytes(target);
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, Map.of())) {
            writer.write("a", new float[] {5, 6}, 0, 2);
            assertEquals(2, Crafted.names(folder).size());
        }
        assertOnly(folder, "model.safetensors");
        assertArrayEquals(before, Files.readAllBytes(target));
        try (Safetensors s = Safetensors.open(target)) {
            assertEquals(Map.of("format", "pt"), s.metadata());
            assertEquals(List.of("a", "b"), List.copyOf(s.keys()));
            assertArrayEquals(new float[] {1, -2}, s.floats("a"));
            assertArrayEquals(new float[] {1, 2, 255}, s.floats("b"));
        }
    }

    @Test
    void refusesIncompleteAndExcessData() throws IOException {
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, Map.of())) {
            writer.write("b", new float[3], 0, 3);
            writer.write("a", new float[1], 0, 1);
            assertFault(writer::commit, target, "a must be 8 bytes", "got 4");
            assertFault(() -> writer.write("a", new float[2], 0, 2), target, "a must be 8 bytes", "12");
            assertFault(() -> writer.write("c", new float[2], 0, 2), target, "declared", "got c");
        }
        assertOnly(folder);
    }

    @Test
    void refusesReservedNamesAndUseAfterClose() throws IOException {
        Map<String, Declared> reserved = Map.of("__metadata__", new Declared(DType.U8, Shape.of(1)));
        assertFault(() -> SafetensorsWriter.create(target, reserved, Map.of()), target, "__metadata__");
        SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, Map.of());
        writer.close();
        assertThrows(IllegalStateException.class, () -> writer.write("a", new float[2], 0, 2));
        assertOnly(folder);
    }

    @Test
    void refusesUnwritableTargets() throws IOException {
        Path absent = folder.resolve("absent/model.safetensors");
        assertFault(() -> SafetensorsWriter.create(absent, PAIR, Map.of()), absent, "existing folder");
        assertFault(() -> SafetensorsWriter.create(folder, PAIR, Map.of()), folder, "target");
        Path file = Files.createFile(folder.resolve("file"));
        Path under = file.resolve("model.safetensors");
        assertFault(() -> SafetensorsWriter.create(under, PAIR, Map.of()), under, "existing folder");
        Path proc = Path.of("/proc/model.safetensors");
        if (Files.isDirectory(proc.getParent())) {
            assertFault(() -> SafetensorsWriter.create(proc, PAIR, Map.of()), proc, "writable");
        }
        assertOnly(folder, "file");
    }

    @Test
    void removesWhatAnExceptionInterrupts() throws IOException {
        assertThrows(ArithmeticException.class, () -> {
            try (SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, Map.of())) {
                writer.write("a", new float[2], 0, 2);
                throw new ArithmeticException("elsewhere");
            }
        });
        assertOnly(folder);
    }

    @Test
    void fullDiskAtTheHeader() throws IOException {
        assertFault(
                () -> SafetensorsWriter.create(target, PAIR, Map.of(), FullDisk.from(1)),
                target,
                "writable",
                "No space left on device");
        assertOnly(folder);
    }

    @Test
    void fullDiskWithinTheData() throws IOException, InterruptedException {
        try (FullDisk disk = FullDisk.mounted(folder)) {
            assumeTrue(disk != null, "needs the right to mount a small file system");
            Path file = folder.resolve("model.safetensors");
            Map<String, Declared> big = Map.of("x", new Declared(DType.F32, Shape.of(1 << 20)));
            try (SafetensorsWriter writer = SafetensorsWriter.create(file, big, Map.of())) {
                float[] values = new float[1 << 20];
                assertFault(() -> writer.write("x", values, 0, 1 << 20), file, "writable", "No space left on device");
                assertFault(writer::commit, file, "x must be 4194304 bytes");
            }
            assertOnly(folder);
        }
    }

    /** Large enough for threads of the writer's own. */
    private static final int LARGE = (9 << 20) + 3;

    private static final Map<String, Declared> LARGE_PAIR =
            Map.of("x", new Declared(DType.U8, Shape.of(LARGE)), "y", new Declared(DType.U8, Shape.of(7)));

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x y", "y x"})
    void theChecksumIsOfTheFileInWhateverOrderItCame(String order) throws IOException, NoSuchAlgorithmException {
        byte[] data = Crafted.counting(LARGE);
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, LARGE_PAIR, Map.of())) {
            assertEquals(List.of("x", "y"), writer.keys());
            for (String key : order.split(" ")) {
                writer.write(key, ByteBuffer.wrap(data, 0, (int)
                        LARGE_PAIR.get(key).shape().numel()));
            }
            assertEquals(writer.commit(), sha256(target));
        }
        try (Safetensors s = Safetensors.open(target)) {
            ByteBuffer read = ByteBuffer.allocate(LARGE);
            s.read("x", 0, read);
            assertArrayEquals(data, read.array());
        }
        try (SafetensorsWriter writer = SafetensorsWriter.create(target, PAIR, Map.of())) {
            writer.write("b", new float[3], 0, 3);
            writer.write("a", new float[2], 0, 2);
            assertEquals(writer.commit(), sha256(target));
        }
    }

    @Test
    void fullDiskBehindTheCaller() throws IOException {
        assertFault(
                () -> {
                    try (SafetensorsWriter writer =
                            SafetensorsWriter.create(target, LARGE_PAIR, Map.of(), FullDisk.from(1))) {
                        writer.write("y", ByteBuffer.allocate(7));
                        writer.write("x", ByteBuffer.allocate(LARGE));
                        writer.commit();
                    }
                },
                target,
                "writable",
                "No space left on device");
        assertOnly(folder);
    }

    @Test
    void anInterruptedCallerLeavesNothing() throws IOException {
        Thread.currentThread().interrupt();
        assertFault(
                () -> {
                    try (SafetensorsWriter writer = SafetensorsWriter.create(target, LARGE_PAIR, Map.of())) {
                        writer.write("x", ByteBuffer.allocate(LARGE));
                    }
                },
                target,
                "writable",
                "interrupted");
        assertTrue(Thread.interrupted(), "the flag is kept");
        assertOnly(folder);
    }
}
