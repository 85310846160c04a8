package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArenaTest {
    private Backend backend;
    private Arena root;

    @BeforeEach
    void open() {
        backend = Backend.open("reference");
        root = Arena.root(backend, "root");
    }

    @AfterEach
    void nothingIsLeft() {
        root.close();
        assertEquals(0, backend.bytesInUse());
        backend.close();
    }

    private static Tensor bytes(Arena arena, String name, long count) {
        return arena.alloc(name, DType.U8, Shape.of(count));
    }

    private static void assertState(String message, Executable action) {
        assertEquals(message, assertThrows(IllegalStateException.class, action).getMessage());
    }

    @Test
    void closeFreesWhatWasNotKept() {
        Tensor kept;
        try (Arena child = root.child("child")) {
            bytes(child, "gone", 100);
            kept = child.keep(child.of("kept", new float[] {1, 2}, 2));
            assertEquals(100, child.bytesInUse());
            assertEquals(108, root.bytesInUse());
            assertEquals(108, backend.bytesInUse());
        }
        assertEquals(8, root.bytesInUse());
        assertEquals(8, backend.bytesInUse());
        assertArrayEquals(new float[] {1, 2}, kept.toFloats());
    }

    /** Wrong arguments that each operation notices last of all. */
    static Stream<Arguments> refusedCalls() {
        Stream<Refused> calls = Stream.of(
                (a, x, y) -> a.pixelNorm(x, null, y, 1e-6f),
                (a, x, y) -> a.rmsNorm(x, y, 1e-6f),
                (a, x, y) -> a.rmsScale(x, x, y, 8, 1e-6f),
                (a, x, y) -> a.layerNorm(x, x, y, 1e-6f),
                (a, x, y) -> a.modulatedNorm(x, x, y, 1e-6f),
                (a, x, y) -> a.qkNormRope(x, y, x, 1e-6f),
                (a, x, y) -> a.layerMixNorm(x, List.of(x), x, y, 1e-6f, DType.F32),
                (a, x, y) -> a.gatedAdd(x, y, x),
                (a, x, y) -> a.linear(x, x, y, Activation.NONE),
                (a, x, y) -> a.linearGatedAdd(x, x, null, x, y),
                (a, x, y) -> a.attention(x, x, x, y, null, 1),
                (a, x, y) -> a.linearAttention(x, x, x, 0),
                (a, x, y) -> a.add(x, y),
                (a, x, y) -> a.mul(x, y),
                (a, x, y) -> a.weightedSum(new float[] {1, 1}, List.of(x, y)),
                (a, x, y) -> a.gluSilu(y),
                (a, x, y) -> a.layerMix(x, List.of(x)),
                (a, x, y) -> a.rope(x, y),
                (a, x, y) -> a.embedding(y, x),
                (a, x, y) -> a.cast(x, DType.I32),
                (a, x, y) -> a.noise(DType.U8, 1, 1, 5),
                (a, x, y) -> a.permute(x, 0, 0),
                (a, x, y) -> a.concat(0, List.of(x, y)),
                (a, x, y) -> a.slice(x, 0, 1, 9),
                (a, x, y) -> a.pixelShuffle3d(x, 2, 2),
                (a, x, y) -> a.pixelUnshuffle3d(x, 2, 2),
                (a, x, y) -> a.channelAverage(x, 3),
                (a, x, y) -> a.channelDuplicate(x, 3),
                (a, x, y) -> a.resize(x, 2, 2, Resampling.NEAREST),
                (a, x, y) -> a.pack(y, Layout.LINEAR, DType.F32));
        return calls.map(Arguments::of);
    }

    private interface Refused {
        Tensor call(Arena arena, Tensor x, Tensor y);
    }

    @ParameterizedTest
    @MethodSource("refusedCalls")
    void refusedCallsAllocateNothing(Refused refused) {
        Tensor x = root.fill(DType.F32, 1, 2, 4);
        Tensor y = root.fill(DType.F32, 1, 5);
        long before = root.peakBytes();
        assertThrows(ShapeException.class, () -> refused.call(root, x, y));
        assertEquals(before, root.peakBytes());
    }

    @Test
    void keepClimbsOneLevelAtATime() {
        Tensor x;
        try (Arena outer = root.child("outer")) {
            try (Arena inner = outer.child("inner")) {
                x = inner.keep(bytes(inner, "x", 10));
                assertEquals(0, inner.bytesInUse());
                assertSame(x, inner.keep(x));
            }
            assertEquals(10, outer.bytesInUse());
            assertSame(x, outer.keep(x));
            assertSame(x, outer.keep(x));
        }
        assertEquals(10, root.bytesInUse());
        x.address();
    }

    @Test
    void keepingAReshapedTensorKeepsItsStorage() {
        Tensor x;
        try (Arena child = root.child("child")) {
            x = child.keep(bytes(child, "x", 6).reshape(2, 3));
            child.keep(x.named("again"));
        }
        assertEquals(6, root.bytesInUse());
        x.address();
    }

    @Test
    void keepRefusesOthersAndRoots() {
        try (Arena other = Arena.root(backend, "other");
                Arena child = root.child("child")) {
            Tensor x = bytes(other, "x", 1);
            assertState(
                    "keep: tensor must be owned by arena root/child or one above it, got x [1] U8 of arena other",
                    () -> child.keep(x));
            assertState("keep: arena other must have a parent to keep x [1] U8 in, got a root", () -> other.keep(x));
            x.address();
        }
        Tensor freed;
        try (Arena child = root.child("child")) {
            freed = bytes(child, "freed", 1);
        }
        assertThrows(IllegalStateException.class, () -> root.keep(freed));
    }

    @Test
    void peaksCountTheWholeTree() {
        bytes(root, "base", 1);
        try (Arena child = root.child("child")) {
            bytes(child, "a", 10);
            try (Arena grandchild = child.child("grandchild")) {
                grandchild.keep(bytes(grandchild, "b", 100));
                bytes(grandchild, "c", 1000);
                // b had already moved up when c came.
                assertEquals(1000, grandchild.peakBytes());
            }
            bytes(child, "d", 500);
            assertEquals(610, child.bytesInUse());
            assertEquals(1110, child.peakBytes());
        }
        assertEquals(1, root.bytesInUse());
        assertEquals(1111, root.peakBytes());
        assertEquals(1111, backend.peakBytes());
    }

    @Test
    void limitsSayWhatIsInUse() {
        try (Arena limited = Arena.root(backend, "limited", 100);
                Arena child = limited.child("child")) {
            bytes(limited, "weights", 60);
            bytes(child, "x", 40);
            OutOfMemoryException e = assertThrows(OutOfMemoryException.class, () -> bytes(child, "y", 1));
            assertEquals(
                    "arena: limited must stay within 100 bytes, got y [1] of 1 bytes with 100 in use; largest: "
                            + "[weights 60 in limited, x 40 in limited/child]",
                    e.getMessage());
            assertEquals(100, limited.bytesInUse());
            assertEquals(100, limited.peakBytes());
            assertThrows(OutOfMemoryException.class, () -> bytes(child, "z", Long.MAX_VALUE));
        }
    }

    @Test
    void aFullBackendLeavesTheArenaUsable() {
        BackendOptions options = BackendOptions.defaults().withMemoryLimit(100);
        try (Backend small = Backend.open("reference", options)) {
            try (Arena a = Arena.root(small, "a")) {
                bytes(a, "x", 90);
                assertThrows(OutOfMemoryException.class, () -> bytes(a, "y", 11));
                bytes(a, "z", 10);
                assertEquals(100, a.bytesInUse());
            }
            assertEquals(0, small.bytesInUse());
        }
    }

    @Test
    void overflowingSizesAreRefused() {
        ShapeException e =
                assertThrows(ShapeException.class, () -> root.alloc("x", DType.F32, Shape.of(1L << 31, 1L << 30)));
        assertEquals("alloc: x must fit 63 bits of bytes, got [2147483648, 1073741824] F32", e.getMessage());
    }

    @Test
    void openChildrenAreFreedAndReported() {
        Arena outer = root.child("outer");
        Arena inner = outer.child("inner");
        Tensor x = bytes(inner, "x", 7);
        assertState("arena: children of root/outer must be closed first, got open [root/outer/inner]", outer::close);
        assertEquals(0, backend.bytesInUse());
        assertThrows(IllegalStateException.class, x::address);
        outer.close();
        inner.close();
        assertState("arena: root/outer/inner was used after it was closed", () -> bytes(inner, "y", 1));
        root.close();
        assertState("arena: root was used after it was closed", () -> root.child("late"));
    }

    @Test
    void everyUseAfterCloseIsRefused() {
        Arena child = root.child("child");
        Tensor x = root.of("x", new float[4], 2, 2);
        child.close();
        List<Executable> uses = List.of(
                () -> child.keep(x),
                () -> child.child("grandchild"),
                () -> child.of("y", new float[1], 1),
                () -> child.add(x, x),
                () -> child.pack(x, Layout.LINEAR, DType.F32),
                child::ops);
        for (Executable use : uses) {
            assertState("arena: root/child was used after it was closed", use);
        }
    }

    @Test
    void anotherThreadIsRefused() throws InterruptedException {
        Arena child = root.child("child");
        bytes(child, "x", 5);
        List<Executable> uses = List.of(() -> bytes(child, "y", 1), () -> child.child("c"), child::close);
        for (Executable use : uses) {
            AtomicReference<Throwable> seen = new AtomicReference<>();
            Thread thread = new Thread(
                    () -> {
                        try {
                            use.execute();
                        } catch (Throwable e) {
                            seen.set(e);
                        }
                    },
                    "intruder");
            thread.start();
            thread.join();
            String owner = Thread.currentThread().getName();
            assertEquals(
                    "arena: root/child must be used by thread " + owner + ", got intruder",
                    seen.get().getMessage());
        }
        assertEquals(5, child.bytesInUse());
        child.close();
    }

    @Test
    void tapsReachTheListenerFromAnyDepth() {
        List<String> seen = new ArrayList<>();
        try (Arena tapped = Arena.root(backend, "tapped", (name, tensor) -> seen.add(name + "=" + tensor));
                Arena child = tapped.child("child")) {
            Tensor x = bytes(child, "x", 1);
            assertTrue(child.isTapped());
            assertTrue(child.isTapped("block.0"));
            assertSame(x, child.tap("block.0", x));
        }
        assertEquals(List.of("block.0=x [1] U8"), seen);
        assertFalse(root.isTapped());
        assertFalse(root.isTapped("block.0"));
        Tensor y = bytes(root, "y", 1);
        assertSame(y, root.tap("ignored", y));
    }

    @Test
    void aBackendRefusesToCloseOverLiveTensors() {
        bytes(root, "x", 3);
        IllegalStateException e = assertThrows(IllegalStateException.class, backend::close);
        assertTrue(e.getMessage().contains("3 bytes in use"), e.getMessage());
    }

    @Test
    void unknownBackendsSayWhatThereIs() {
        BackendException e = assertThrows(BackendException.class, () -> Backend.open("cudda"));
        assertTrue(e.getMessage().startsWith("backend: name must be one of ["), e.getMessage());
        assertTrue(e.getMessage().contains("reference"), e.getMessage());
        assertTrue(e.getMessage().contains("got cudda; add the Maven module"), e.getMessage());
        BackendException options = assertThrows(
                BackendException.class,
                () -> BackendOptions.defaults().withMemoryLimit(1).withThreads(0));
        assertEquals("backend: threads and memoryLimit must be >= 1, got 0 and 1", options.getMessage());
    }
}
