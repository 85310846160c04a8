package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The emulator called from the JVM: launches, errors, refused arguments. */
class EmulatorLibraryTest {
    private static EmulatorLibrary library;

    @BeforeAll
    static void load() {
        NativeBuild.make("library");
        library = EmulatorLibrary.load(NativeBuild.OUT.resolve("libfsvideo_emulator.so"));
    }

    @Test
    void normalisesARowWhileTheCollectorRuns() {
        int dim = 64;
        ByteBuffer x = buffer(dim * 2);
        ByteBuffer out = buffer(dim * 2);
        for (int i = 0; i < dim; i++) {
            x.putShort(i * 2, bf16(i % 2 == 0 ? 3f : -1f)); // mean 1, deviation 2
        }
        for (int repeat = 0; repeat < 5; repeat++) {
            library.launch("layer_norm", dims(1), dims(128), 0, norm(out, x, dim), 0, 8, 16, 24, 32, 36);
            System.gc();
        }
        for (int i = 0; i < dim; i++) {
            assertEquals(i % 2 == 0 ? 1f : -1f, value(out.getShort(i * 2)), 4e-3f);
        }
    }

    @Test
    void knowsItsKernelsAndTheirParameters() {
        assertTrue(library.kernels().contains("layer_norm"), library.kernels().toString());
        assertArrayEquals(new int[] {8, 8, 8, 8, 4, 4}, library.parameterBytes("layer_norm"));
    }

    @Test
    void refusesABlockOfTwoThousandThreads() {
        ByteBuffer values = norm(buffer(16), buffer(16), 8);
        LaunchException refused = assertThrows(
                LaunchException.class,
                () -> library.launch("layer_norm", dims(1), dims(2048), 0, values, 0, 8, 16, 24, 32, 36));
        assertEquals("layer_norm: block.x must be at most 128, got 2048", refused.getMessage());
    }

    @Test
    void refusesAMissingParameter() {
        LaunchException refused = assertThrows(
                LaunchException.class, () -> library.launch("layer_norm", dims(1), dims(128), 0, buffer(64), 0, 8));
        assertEquals("layer_norm: arguments must be 6, got 2", refused.getMessage());
    }

    @Test
    void namesTheRuleThatATensorMapBreaks() {
        ByteBuffer map = buffer(EmulatorLibrary.TENSOR_MAP_BYTES);
        EmulatorException refused = assertThrows(
                EmulatorException.class,
                () -> library.encodeTensorMap(
                        map, 9, 1 << 20, new long[] {64, 4}, new long[] {126}, new int[] {64, 4}, 3));
        assertEquals("tensor map: global stride must be a multiple of 16 below 2^40", refused.getMessage());
    }

    @Test
    void saysHowToBuildAMissingLibrary() {
        EmulatorException missing =
                assertThrows(EmulatorException.class, () -> EmulatorLibrary.load(Path.of("target", "absent.so")));
        assertTrue(missing.getMessage().contains("make -C fsvideo-kernels library"), missing.getMessage());
    }

    private static ByteBuffer norm(ByteBuffer out, ByteBuffer x, int dim) {
        ByteBuffer values = buffer(40);
        values.putLong(0, library.addressOf(out)).putLong(8, library.addressOf(x));
        return values.putInt(32, dim).putFloat(36, 1e-6f);
    }

    private static int[] dims(int x) {
        return new int[] {x, 1, 1};
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }

    private static float value(short bits) {
        return Float.intBitsToFloat((bits & 0xffff) << 16);
    }
}
