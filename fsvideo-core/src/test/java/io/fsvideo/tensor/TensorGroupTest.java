package io.fsvideo.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Tensors that leave and come back, on a backend without a host store. */
class TensorGroupTest {
    private static final float[] VALUES = {1, 2, 3};

    private static Function<Arena, Tensor> maker() {
        return t -> t.of("x", VALUES, 3);
    }

    @Test
    void comeBackAsTheyWere() {
        try (Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "weights")) {
            Tensor x = maker().apply(a);
            Tensor view = x.reshape(3, 1);
            a.of("y", VALUES, 3);
            try (TensorGroup group = new TensorGroup(a, Map.of(x, maker()))) {
                group.offload();
                assertEquals(12, backend.bytesInUse());
                assertEquals(12, a.bytesInUse());
                String message = assertThrows(IllegalStateException.class, view::toFloats)
                        .getMessage();
                assertTrue(
                        message.contains("x [3, 1] F32 of arena weights must be on the backend, got one that is"),
                        message);
                group.restore();
                assertArrayEquals(VALUES, view.toFloats());
                assertEquals(24, backend.bytesInUse());
                assertEquals(24, a.bytesInUse());
                group.offload();
            }
        }
    }

    @Test
    void stayAwayWhenTheyDoNotFit() {
        try (Backend backend = Backend.open("cpu", BackendOptions.defaults().withMemoryLimit(40));
                Arena a = Arena.root(backend, "weights")) {
            Tensor x = maker().apply(a);
            Tensor y = maker().apply(a);
            try (TensorGroup group = new TensorGroup(a, Map.of(x, maker(), y, maker()))) {
                group.offload();
                try (Arena other = Arena.root(backend, "other")) {
                    other.fill(DType.F32, 0, 6);
                    assertThrows(OutOfMemoryException.class, group::restore);
                    assertEquals(24, backend.bytesInUse());
                }
                group.restore();
                assertArrayEquals(VALUES, y.toFloats());
            }
        }
    }
}
