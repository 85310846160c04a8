package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.PlanBackend;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors and offsets beyond 2^31 and 2^32, in a sparse file that takes a few kilobytes of disk. */
class LargeTensorTest {
    private static final long HUGE = (1L << 32) + 257;
    private static final long LARGE = (1L << 31) + 13;
    private static final float[] LAST = {3, -1, 0.5f};

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeSparse() throws IOException {
        file = folder.resolve("model.safetensors");
        long end = HUGE + LARGE + 12;
        byte[] text = header(
                        entry("huge", "U8", "[" + HUGE + "]", "[0," + HUGE + "]"),
                        entry("large", "F8_E4M3", "[" + LARGE + ",1]", "[" + HUGE + "," + (HUGE + LARGE) + "]"),
                        entry("last", "F32", "[3]", "[" + (HUGE + LARGE) + "," + end + "]"))
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer last = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        last.asFloatBuffer().put(LAST);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            long data = 8 + text.length;
            channel.write(ByteBuffer.wrap(Crafted.bytes(text.length, text, new byte[0])), 0);
            channel.write(ByteBuffer.wrap(new byte[] {1}), data);
            channel.write(ByteBuffer.wrap(new byte[] {2}), data + HUGE - 1);
            channel.write(ByteBuffer.wrap(new byte[] {3}), data + HUGE);
            channel.write(ByteBuffer.wrap(new byte[] {4}), data + HUGE + LARGE - 1);
            channel.write(last, data + HUGE + LARGE);
        }
    }

    /** Pieces must follow each other without gap, carry the first and last byte, and sum to the tensor. */
    private static final class Ends implements FileBytes.Sink {
        private long next;
        private int first = -1;
        private int last;

        @Override
        public void accept(ByteBuffer piece, long offset) {
            assertEquals(next, offset);
            first = first < 0 ? piece.get(piece.position()) : first;
            last = piece.get(piece.limit() - 1);
            next += piece.remaining();
        }
    }

    @Test
    void readsThemInPieces() {
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            Ends ends = new Ends();
            opened.read(opened.header().tensors().get(1), ByteBuffer.allocateDirect(4 << 20), ends);
            assertArrayEquals(new long[] {LARGE, 3, 4}, new long[] {ends.next, ends.first, ends.last});
        }
    }

    @Test
    void readsWhatLiesBehindThem() {
        try (Safetensors s = Safetensors.open(file)) {
            assertArrayEquals(LAST, s.floats("last"));
        }
    }

    @Test
    void readsTheEndsOfTheLargest() {
        try (Safetensors s = Safetensors.open(file)) {
            ByteBuffer ends = ByteBuffer.allocate(2);
            s.read("huge", 0, ends.limit(1));
            s.read("huge", HUGE - 1, ends.limit(2));
            assertArrayEquals(new byte[] {1, 2}, ends.array());
        }
    }

    @Test
    void loadsThem() {
        try (Backend reference = Backend.open("reference");
                PlanBackend plan = new PlanBackend(reference);
                Safetensors s = Safetensors.open(file)) {
            try (Arena a = Arena.root(plan, "test")) {
                Tensor large = s.load(a, "large");
                assertEquals(LARGE, large.numel());
                assertEquals(LARGE, a.bytesInUse());
            }
            assertEquals(0, plan.bytesInUse());
        }
    }

    @Test
    void saysWhatDoesNotFitAnArray() {
        try (Safetensors s = Safetensors.open(file)) {
            Crafted.assertFault(() -> s.floats("huge"), file, "huge", "Java array", HUGE);
        }
    }
}
