package io.fsvideo.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElfTest {
    private static final String BLAS = "/lib/libJCublas2-12.6.0-linux-x86_64.so";

    private static byte[] nativeOf(String resource) throws IOException {
        try (InputStream stream = ElfTest.class.getResourceAsStream(resource)) {
            return stream.readAllBytes();
        }
    }

    @Test
    void relinkedLibraryNeedsTheOtherSonameOnly() throws IOException {
        byte[] before = nativeOf(BLAS);
        ElfImage after = new ElfImage("x", ElfRelink.relink("x", before, "libcublas.so.12", "libcublas.so.13"));
        List<String> needed = new ElfImage("x", before).needed();
        assertTrue(needed.contains("libcublas.so.12"));
        assertEquals(
                needed.stream()
                        .map(name -> name.replace("cublas.so.12", "cublas.so.13"))
                        .toList(),
                after.needed());
        assertEquals(0, referencesTo("libcublas.so.13", after));
        assertTrue(referencesTo("libcublas.so.12", new ElfImage("x", before)) > 400);
    }

    /** Symbols that ask for a version of this library. */
    private static int referencesTo(String version, ElfImage image) {
        int at = image.table(ElfImage.VERSIONS_NEEDED);
        while (!image.text(image.bytes.getInt(at + 4)).equals(version)) {
            at += image.bytes.getInt(at + 12);
        }
        int index = image.bytes.getShort(at + image.bytes.getInt(at + 8) + 6);
        int symbols = (int) (image.value(ElfImage.STRING_TABLE) - image.value(ElfImage.SYMBOL_TABLE)) / 24;
        int count = 0;
        for (int i = 0; i < symbols; i++) {
            count += image.bytes.getShort(image.table(ElfImage.SYMBOL_VERSIONS) + 2 * i) == index ? 1 : 0;
        }
        return count;
    }

    @Test
    void originalIsNotTouched() throws IOException {
        byte[] image = nativeOf(BLAS);
        ElfRelink.relink("x", image, "libcublas.so.12", "libcublas.so.13");
        assertTrue(new ElfImage("x", image).needed().contains("libcublas.so.12"));
    }

    @Test
    void refusalsNameTheNumbers() throws IOException {
        byte[] image = nativeOf(BLAS);
        assertEquals(
                "x: sonames must have the same length, got libcublas.so.12 and libcublas.so.9",
                error(() -> ElfRelink.relink("x", image, "libcublas.so.12", "libcublas.so.9")));
        assertTrue(error(() -> ElfRelink.relink("x", image, "libcudnn.so.8", "libcudnn.so.9"))
                .startsWith("x: must need libcudnn.so.8 to be relinked to libcudnn.so.9, needs [lib"));
        assertEquals("x: must be a 64-bit little-endian ELF file", error(() -> new ElfImage("x", new byte[100])));
    }

    /** The hash of the ABI's document for a version of glibc's, as readelf shows it. */
    @Test
    void hashIsTheAbis() {
        assertEquals(0x09691a75, ElfRelink.hash("GLIBC_2.2.5"));
    }

    private static String error(org.junit.jupiter.api.function.Executable code) {
        return assertThrows(NativeLibraryException.class, code).getMessage();
    }
}
