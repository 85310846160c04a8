package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file with a tensor of every type, written by the Python package gguf 0.17, beside the values that package makes of it. */
class GgufTest {
    private static final Path FILE = Path.of("src/test/resources/weights/gguf/types.gguf");
    private static final Path VALUES = Path.of("src/test/resources/weights/gguf/types.safetensors");

    @TempDir
    Path folder;

    private static float[] values(Gguf file, String key) {
        DType dtype = file.dtype(key);
        int count = (int) file.shapes().get(key).numel();
        ByteBuffer bytes = ByteBuffer.allocate(count * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        file.read(key, 0, bytes);
        float[] values = new float[count];
        Floats.decode(dtype, bytes.flip(), values, 0, count);
        return values;
    }

    @Test
    void everyTypeHasThePublishedValuesToTheBit() {
        try (Gguf file = Gguf.open(FILE);
                Safetensors expected = Safetensors.open(VALUES)) {
            assertEquals(expected.keys().size(), file.keys().size());
            for (String key : expected.keys()) {
                assertEquals(expected.shape(key), file.shapes().get(key), key);
                assertArrayEquals(bits(expected.floats(key)), bits(values(file, key)), key);
            }
            assertEquals(GgufType.values().length + 1, file.keys().size(), "every type and one flattened convolution");
            assertEquals("Q5_K", file.storedType("blocks.0.q5_k.weight"));
            assertEquals(DType.F16, file.dtype("blocks.0.f16.weight"));
            assertEquals("wan", file.metadata().get("general.architecture"));
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void tensorsLoadInTheirType() {
        try (Gguf file = Gguf.open(FILE);
                Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "gguf")) {
            Tensor quantized = file.load(a, "blocks.0.q6_k.weight", Shape.of(3, 512));
            assertEquals(DType.F32, quantized.dtype());
            assertArrayEquals(values(file, "blocks.0.q6_k.weight"), quantized.toFloats());
            assertEquals(
                    DType.BF16,
                    file.load(a, "blocks.0.bf16.weight", Shape.of(3, 64)).dtype());
            WeightsException shape =
                    assertThrows(WeightsException.class, () -> file.load(a, "blocks.0.q6_k.weight", Shape.of(512, 3)));
            assertTrue(
                    shape.getMessage().contains("must be [512, 3], got blocks.0.q6_k.weight [3, 512] Q6_K"),
                    shape.getMessage());
            assertThrows(WeightsException.class, () -> file.load(a, "nothing", Shape.of(1)));
        }
    }

    /** Ranges begin and end within blocks. */
    @Test
    void anyRangeOfBytesIsTheSame() {
        Random random = new Random(7);
        try (Gguf file = Gguf.open(FILE)) {
            for (String key : file.keys()) {
                byte[] all = new byte
                        [(int) file.shapes().get(key).numel() * file.dtype(key).bytes()];
                file.read(key, 0, ByteBuffer.wrap(all));
                for (int i = 0; i < 20; i++) {
                    int from = random.nextInt(all.length);
                    byte[] part = new byte[random.nextInt(all.length - from + 1)];
                    file.read(key, from, ByteBuffer.wrap(part));
                    assertArrayEquals(Arrays.copyOfRange(all, from, from + part.length), part, key + " from " + from);
                }
                ByteBuffer tooMany = ByteBuffer.allocate(1);
                assertThrows(WeightsException.class, () -> file.read(key, all.length, tooMany));
            }
        }
    }

    @Test
    void otherFilesAreRefusedAndToldApart() throws IOException {
        assertTrue(Gguf.isOne(FILE));
        assertFalse(Gguf.isOne(VALUES));
        WeightsException other = assertThrows(WeightsException.class, () -> Gguf.open(VALUES));
        assertTrue(other.getMessage().contains("first bytes must be GGUF"), other.getMessage());
        Path empty = Files.createFile(folder.resolve("empty"));
        assertFalse(Gguf.isOne(empty));
        assertThrows(WeightsException.class, () -> Gguf.open(empty));
        assertThrows(WeightsException.class, () -> Gguf.open(folder.resolve("nothing")));
        byte[] old = Files.readAllBytes(FILE);
        old[4] = 1;
        WeightsException version = assertThrows(WeightsException.class, () -> Gguf.open(written(old)));
        assertTrue(version.getMessage().contains("GGUF version must be 2 or 3, got 1"), version.getMessage());
    }

    /** Every byte of the head is changed in turn, and the file cut after every byte: refused, or consistent after all. */
    @Test
    @Timeout(60)
    void damagedHeadsGiveTypedErrors() throws IOException {
        byte[] good = Files.readAllBytes(FILE);
        int head = 2_000;
        Random random = new Random(20261130);
        int refused = 0;
        for (int i = 0; i < head; i++) {
            byte[] damaged = good.clone();
            damaged[i] = (byte) random.nextInt(256);
            if (i % 3 == 0) {
                Arrays.fill(damaged, i, Math.min(i + 8, head), (byte) 0xff);
            }
            refused += refuses(written(damaged)) ? 1 : 0;
            assertTrue(refuses(written(Arrays.copyOf(good, i))), "cut after " + i + " bytes");
        }
        assertTrue(refused > head / 4, "refused " + refused);
        assertTrue(refuses(written(Arrays.copyOf(good, good.length - 1))));
    }

    private Path written(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("damaged.gguf"), bytes);
    }

    private static boolean refuses(Path path) {
        try (Gguf file = Gguf.open(path)) {
            file.keys().forEach(key -> values(file, key));
            return false;
        } catch (WeightsException expected) {
            assertTrue(expected.getMessage().length() < 2_000, expected.getMessage());
            return true;
        }
    }
}
