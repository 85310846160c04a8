package io.fsvideo.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelImageTest {
    @Test
    void readsParametersFromTheSource() {
        assertEquals(
                List.of("out bf16*", "x bf16*", "weight float*", "bias float*", "dim int", "eps float"),
                KernelImage.of("layer_norm").parameters("layer_norm").stream()
                        .map(p -> p.name() + " " + p.type())
                        .toList());
    }

    @Test
    void agreesWithTheCompilerOnEveryEntry() {
        NativeBuild.make("library");
        EmulatorLibrary library = EmulatorLibrary.load(NativeBuild.OUT.resolve("libfsvideo_emulator.so"));
        int entries = 0;
        for (String kernel : NativeBuild.kernels()) {
            for (Map.Entry<String, List<KernelParameter>> entry :
                    KernelImage.of(kernel).entries().entrySet()) {
                int[] bytes = entry.getValue().stream()
                        .mapToInt(KernelParameter::bytes)
                        .toArray();
                assertArrayEquals(library.parameterBytes(entry.getKey()), bytes, entry.getKey());
                assertTrue(entry.getKey().startsWith(kernel), entry.getKey() + " must start with " + kernel);
                entries++;
            }
        }
        assertEquals(library.kernels().size(), entries);
    }

    @Test
    void anImageIsAFatbinOrItsAbsenceIsExplained() {
        KernelImage image = KernelImage.of("layer_norm");
        if (image.hasImage()) {
            byte[] magic = {0x50, (byte) 0xed, 0x55, (byte) 0xba};
            assertArrayEquals(magic, Arrays.copyOf(image.fatbin(90, 13), 4));
        } else {
            KernelImageException missing = assertThrows(KernelImageException.class, () -> image.fatbin(90, 13));
            assertTrue(
                    missing.getMessage().startsWith("layer_norm: this build has no GPU images"), missing.getMessage());
        }
    }

    @Test
    void picksTheImageByDeviceAndDriver() {
        KernelImage image = KernelImage.of("layer_norm");
        KernelImageException old = assertThrows(KernelImageException.class, () -> image.fatbin(75, 13));
        assertEquals("layer_norm: compute capability must be at least 80, got 75", old.getMessage());
        old = assertThrows(KernelImageException.class, () -> image.fatbin(90, 11));
        assertEquals("layer_norm: the driver's CUDA must be 12 or newer, got 11", old.getMessage());
        if (image.hasImage()) {
            assertArrayEquals(image.fatbin(90, 13), image.fatbin(120, 14));
        }
    }

    @Test
    void namesAnUnknownKernel() {
        KernelImageException unknown = assertThrows(KernelImageException.class, () -> KernelImage.of("absent"));
        assertEquals("absent: no such kernel in io.fsvideo.kernels", unknown.getMessage());
    }
}
