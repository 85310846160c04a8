package io.fsvideo.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SliceTest {
    private static final int PAST = 1000;

    @TempDir
    Path folder;

    /** The slice's elements by their coordinates, one at a time. */
    private static byte[] plain(Slice slice, Shape shape, int elementBytes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long inner = 1;
        for (int i = slice.axis() + 1; i < shape.rank(); i++) {
            inner *= shape.dim(i);
        }
        for (long element = 0; element < shape.numel(); element++) {
            long index = element / inner % shape.dim(slice.axis());
            if (index >= slice.begin() && index < slice.end()) {
                for (int b = 0; b < elementBytes; b++) {
                    bytes.write((int) (element * elementBytes + b));
                }
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] gathered(Slice slice, Shape shape, int elementBytes, int bufferBytes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        slice.gather(
                shape,
                elementBytes,
                ByteBuffer.allocate(bufferBytes),
                (offset, target) -> {
                    while (target.hasRemaining()) {
                        target.put((byte) offset++);
                    }
                },
                (piece, offset) -> {
                    assertEquals(bytes.size(), offset);
                    while (piece.hasRemaining()) {
                        bytes.write(piece.get());
                    }
                });
        return bytes.toByteArray();
    }

    @Test
    void gathersEveryRangeOfEveryAxis() {
        for (Shape shape :
                new Shape[] {Shape.of(5), Shape.of(3, 7), Shape.of(4, 3, 5), Shape.of(3, 0), Shape.of(1, 6)}) {
            for (int axis = 0; axis < shape.rank(); axis++) {
                long whole = shape.dim(axis);
                for (long begin = 0; begin <= whole; begin++) {
                    for (long end = begin; end <= whole; end++) {
                        Slice slice = new Slice(axis, whole, begin, end);
                        for (int buffer : new int[] {2, 6, 64}) {
                            assertArrayEquals(plain(slice, shape, 2), gathered(slice, shape, 2, buffer), slice + "");
                        }
                    }
                }
            }
        }
    }

    @Test
    void loadsASliceOfAFileAndNothingElse() throws IOException {
        String header = Crafted.header(
                Crafted.entry("m", "U8", "[3,4]", "[0,12]"), Crafted.entry("ids", "I64", "[1]", "[12,20]"));
        Path file = Crafted.file(folder.resolve("m.safetensors"), header, 20);
        try (Backend backend = Backend.open("reference");
                Safetensors s = Safetensors.open(file);
                Arena a = Arena.root(backend, "test")) {
            Tensor columns = s.load(a, "m", new Slice(1, 4, 1, 3));
            assertEquals("m [3, 2] " + DType.U8, columns.toString());
            assertArrayEquals(new float[] {1, 2, 5, 6, 9, 10}, columns.toFloats());
            assertArrayEquals(
                    new float[] {8, 9, 10, 11},
                    s.load(a, "m", new Slice(0, 3, 2, 3)).toFloats());
            long before = a.bytesInUse();
            assertThrows(ShapeException.class, () -> s.load(a, "m", new Slice(1, 3, 1, 3)));
            Crafted.assertFault(() -> s.load(a, "ids", new Slice(0, 1, 0, 1)), file, "ids must be of a type", "I64");
            assertEquals(before, a.bytesInUse());
        }
    }

    @Test
    void refusesRangesThatAreNone() {
        assertThrows(ShapeException.class, () -> new Slice(-1, 4, 0, 4));
        assertThrows(ShapeException.class, () -> new Slice(0, 4, -1, 4));
        assertThrows(ShapeException.class, () -> new Slice(0, 4, 3, 2));
        ShapeException e = assertThrows(ShapeException.class, () -> new Slice(1, 4, 0, PAST));
        assertEquals("slice: range must be of an axis >= 0 and within 0..4, got axis 1 from 0 to 1000", e.getMessage());
        ShapeException other = assertThrows(ShapeException.class, () -> new Slice(1, 4, 0, 2).of(Shape.of(4)));
        assertEquals("slice: dimension 1 must be 4, got [4]", other.getMessage());
    }
}
