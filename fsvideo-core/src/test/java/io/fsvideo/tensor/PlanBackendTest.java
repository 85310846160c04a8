package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlanBackendTest {
    private Backend target;
    private PlanBackend plan;

    @BeforeEach
    void open() {
        target = Backend.open("reference");
        plan = new PlanBackend(target);
    }

    @AfterEach
    void nothingIsLeft() {
        plan.close();
        target.close();
    }

    /** A little of everything: packing, temporaries, keeping. Returns the result's shape. */
    private static Shape program(Arena a, long tokens) {
        Tensor w = a.pack(a.of("w", new float[12 * 8], 12, 8), Layout.LINEAR, DType.F32);
        Tensor x = a.fill(DType.F32, 1, 1, tokens, 8);
        Tensor out;
        try (Arena t = a.child("block")) {
            Tensor y = t.linear(x, w, null, Activation.NONE);
            Tensor both = t.concat(2, List.of(y, y));
            out = t.keep(t.cast(t.slice(both, 2, 3, 20), DType.BF16));
        }
        return out.shape();
    }

    @Test
    void countsTheBytesOfTheRealRun() {
        try (Arena real = Arena.root(target, "real");
                Arena planned = Arena.root(plan, "planned")) {
            assertEquals(program(real, 257), program(planned, 257));
            assertEquals(real.bytesInUse(), planned.bytesInUse());
            assertEquals(real.peakBytes(), planned.peakBytes());
            assertEquals(target.bytesInUse(), plan.bytesInUse());
            assertEquals(target.peakBytes(), plan.peakBytes());
            assertTrue(plan.peakBytes() > plan.bytesInUse());
        }
        assertEquals(0, plan.bytesInUse());
        plan.resetPeak();
        assertEquals(0, plan.peakBytes());
    }

    @Test
    void plansWhatNoMachineHolds() {
        try (Arena planned = Arena.root(plan, "planned")) {
            program(planned, 1L << 40);
            // x, y, concat of two y, slice of 17 and its BF16 copy, per token; the weight twice.
            assertEquals((1L << 40) * (4 * (8 + 12 + 24 + 17) + 2 * 17) + 2 * 384, planned.peakBytes());
        }
        assertEquals(0, target.peakBytes());
    }

    @Test
    void shapesAreCheckedAsEver() {
        try (Arena planned = Arena.root(plan, "planned")) {
            Tensor x = planned.alloc("x", DType.F32, Shape.of(2, 3));
            Tensor y = planned.alloc("y", DType.F32, Shape.of(2, 4));
            assertThrows(ShapeException.class, () -> planned.add(x, y));
        }
    }

    @Test
    void readsBackZerosAndSwallowsWrites() {
        try (Arena planned = Arena.root(plan, "planned")) {
            Tensor x = planned.of("x", new float[] {1, 2, 3}, 3);
            assertArrayEquals(new float[3], x.toFloats());
            ByteBuffer source = ByteBuffer.allocate(8);
            plan.copyIn(x, 0, source);
            assertEquals(0, source.remaining());
        }
    }

    @Test
    void imitatesItsTarget() {
        assertEquals("plan for reference", plan.name());
        assertEquals("plan for " + target.description(), plan.description());
        assertEquals(target.computeDType(), plan.computeDType());
        assertEquals(
                target.packedBytes(Layout.LINEAR, DType.BF16, Shape.of(3, 5)),
                plan.packedBytes(Layout.LINEAR, DType.BF16, Shape.of(3, 5)));
    }

    @Test
    void refusesToCloseOverLiveTensors() {
        Arena planned = Arena.root(plan, "planned");
        planned.alloc("x", DType.F32, Shape.of(2));
        IllegalStateException e = assertThrows(IllegalStateException.class, plan::close);
        assertEquals("planBackend: tensors must be freed before close, got 8 bytes in use", e.getMessage());
        planned.close();
    }
}
