package io.fsvideo.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
    private static final String SONAME = "libcublas.so.13";
    private static final byte[] X64 = header(62);

    private final Map<String, String> environment = new HashMap<>();
    private final Properties properties = new Properties();

    @TempDir
    Path root;

    @BeforeEach
    void path() {
        environment.put("PATH", root + "/opt/venv/bin:relative");
    }

    private Optional<Path> find() {
        return new LibrarySearch(new Host(root, environment, properties)).find(SONAME);
    }

    private Path library(String folder) throws IOException {
        return library(folder, X64);
    }

    private Path library(String folder, byte[] content) throws IOException {
        Path file = root.resolve(folder).resolve(SONAME);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    private static byte[] header(int machine) {
        byte[] bytes = new byte[64];
        bytes[4] = 2;
        bytes[18] = (byte) machine;
        return bytes;
    }

    @Test
    void nothingIsFoundOnAnEmptyMachine() {
        assertEquals(Optional.empty(), find());
    }

    /** Each place in turn is asked before all that were filled earlier. */
    @Test
    void placesAreAskedInOrder() throws IOException {
        List<Path> filled = new ArrayList<>();
        filled.add(library("opt/real/lib/python3.12/site-packages/nvidia/cu13/lib"));
        Files.createDirectories(root.resolve("opt/real/bin"));
        Files.createFile(root.resolve("opt/real/bin/python3.12"));
        Files.createSymbolicLink(root.resolve("opt/real/bin/python3"), Path.of("python3.12"));
        Files.createDirectories(root.resolve("opt/venv/bin"));
        Files.createSymbolicLink(root.resolve("opt/venv/bin/python3"), root.resolve("opt/real/bin/python3"));
        assertEquals(filled.get(0), find().orElseThrow());

        expectNext(filled, "opt/venv/lib/python3.12/site-packages/nvidia/cublas/lib");
        expectNext(filled, "usr/local/cuda-13.0/lib64");
        expectNext(filled, "usr/lib64");
        expectNext(filled, "usr/local/cuda/lib64");
        Path listed = library("somewhere");
        cache(SONAME, "/somewhere/" + SONAME);
        assertEquals(listed, find().orElseThrow());
        environment.put("CUDA_HOME", root + "/home");
        expectNext(filled, "home/lib64");
        environment.put("LD_LIBRARY_PATH", "relative::" + root + "/preferred");
        expectNext(filled, "preferred");
        properties.setProperty("fsvideo.cuda.libs", root + "/a:" + root + "/b");
        expectNext(filled, "b");
        expectNext(filled, "a");
    }

    private void expectNext(List<Path> filled, String folder) throws IOException {
        Path file = library(folder);
        filled.add(file);
        assertEquals(file, find().orElseThrow());
    }

    @Test
    void newestToolkitComesFirst() throws IOException {
        library("usr/local/cuda-13.0/lib64");
        Path newer = library("usr/local/cuda-13.1/lib64");
        assertEquals(newer, find().orElseThrow());
    }

    @Test
    void cacheEntryForAnotherMachineIsPassedOver() throws IOException {
        library("wrong", header(3));
        cache(SONAME, "/wrong/" + SONAME);
        assertEquals(Optional.empty(), find());
    }

    @Test
    void brokenCacheListsNothing() throws IOException {
        cache(SONAME, "/somewhere/" + SONAME);
        Path file = root.resolve("etc/ld.so.cache");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 3));
        assertEquals(List.of(), LinkerCache.read(file).paths(SONAME));
        Files.write(file, new byte[] {1, 2, 3});
        assertEquals(List.of(), LinkerCache.read(file).paths(SONAME));
    }

    @Test
    void thisMachinesCacheIsRead() {
        Path file = Path.of("/etc/ld.so.cache");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(file), "no linker cache here");
        List<String> paths = LinkerCache.read(file).paths("libc.so.6");
        assertFalse(paths.isEmpty());
        assertTrue(Files.exists(Path.of(paths.get(0))));
    }

    /** The format that ldconfig writes: magic, count, two reserved words and more up to byte 48, entries of 24 bytes, texts. */
    private void cache(String soname, String path) throws IOException {
        byte[] texts = (soname + "\0" + path + "\0").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(72 + texts.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII))
                .putInt(1)
                .putInt(texts.length);
        bytes.putInt(48, 0x303).putInt(52, 72).putInt(56, 72 + soname.length() + 1);
        bytes.position(72).put(texts);
        Files.createDirectories(root.resolve("etc"));
        Files.write(root.resolve("etc/ld.so.cache"), bytes.array());
    }
}
