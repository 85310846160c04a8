package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint whose file another process writes to, cuts, or replaces while it is open, and threads that are interrupted. */
class ChangedFileTest {
    private static final int COUNT = 50_000;
    private static final String HEADER = header(entry("a", "F32", "[" + COUNT + "]", "[0," + 4 * COUNT + "]"));

    @TempDir
    Path folder;

    private Path file() throws IOException {
        Path file = Crafted.file(folder.resolve("x.safetensors"), HEADER, 4 * COUNT);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        return file;
    }

    private static void assertChanged(Safetensors s, Path file) {
        Crafted.assertFault(() -> s.floats("a"), file, "was changed while it was open", "open the model again");
        Crafted.assertFault(() -> s.read("a", 0, ByteBuffer.allocate(8)), file, "was changed while it was open");
    }

    @Test
    void cutOffUnderTheReader() throws IOException {
        Path file = file();
        try (Safetensors s = Safetensors.open(file);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(1000);
            assertChanged(s, file);
        }
    }

    @Test
    void overwrittenInPlaceWithOtherValues() throws IOException {
        Path file = file();
        try (Safetensors s = Safetensors.open(file);
                Backend backend = Backend.open("reference");
                Arena a = Arena.root(backend, "test")) {
            byte[] other = Files.readAllBytes(file);
            other[other.length - 1] ^= 1;
            Files.write(file, other);
            assertChanged(s, file);
            Crafted.assertFault(() -> s.load(a, "a"), file, "was changed while it was open");
            Crafted.assertFault(() -> s.load(a, "a", new Slice(0, COUNT, 1, 2)), file, "was changed while it was open");
            assertEquals(0, a.bytesInUse());
        }
    }

    @Test
    void aFileThatTookItsNameOrNoneAtAllDoesNotMatter() throws IOException {
        Path file = file();
        try (Safetensors s = Safetensors.open(file)) {
            float[] values = s.floats("a");
            Path next = Files.write(folder.resolve("next"), new byte[10]);
            Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            assertArrayEquals(values, s.floats("a"));
            Files.delete(file);
            assertArrayEquals(values, s.floats("a"));
        }
    }

    @Test
    void anInterruptedThreadReadsAsAnyOther() throws IOException {
        Path file = file();
        Thread.currentThread().interrupt();
        try (Safetensors s = Safetensors.open(file)) {
            float[] values = s.floats("a");
            assertTrue(Thread.interrupted(), "the interrupt is kept");
            assertArrayEquals(values, s.floats("a"));
            assertEquals(64, FileChecksum.of(file).length());
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aCheckpointInAnArchiveIsReadThroughACopyThatLeavesNothingBehind() throws IOException {
        Path plain = file();
        URI archive = URI.create("jar:" + folder.resolve("models.zip").toUri());
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path inside = zip.getPath("/x.safetensors");
            Files.copy(plain, inside);
            try (Safetensors s = Safetensors.open(inside);
                    Safetensors p = Safetensors.open(plain)) {
                assertArrayEquals(p.floats("a"), s.floats("a"));
                assertEquals(1, Safetensors.open(zip.getPath("/")).keys().size());
            }
            assertEquals(FileChecksum.of(plain), FileChecksum.of(inside));
        }
    }
}
