package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Collectives check their arguments before any rank waits. */
class CommErrorsTest {
    @Test
    void refusals() {
        String name = TestArena.backendName();
        try (RankGroup ranks = RankGroup.open(List.of(name, name), BackendOptions.defaults())) {
            ranks.run(backend -> {
                try (Arena a = Arena.root(backend, "refusals")) {
                    refusals(a, backend.comm());
                }
                return null;
            });
        }
    }

    private static void refusals(Arena a, Comm comm) {
        Tensor three = a.alloc("three", DType.F32, Shape.of(3));
        Tensor four = a.alloc("four", DType.F32, Shape.of(2, 2));
        Tensor ids = a.alloc("ids", DType.I32, Shape.of(3));
        refused("allReduceSum: tensor must be F32 or BF16, got ids [3] I32", () -> comm.allReduceSum(ids));
        refused("allReduceSum: tensor must be F32 or BF16, got ids [3] I32", () -> comm.startAllReduceSum(ids));
        refused("allGather: out must be of 6 elements, got four [2, 2] F32", () -> comm.allGather(four, three));
        refused("allGather: out must be F32, got ids [3] I32", () -> comm.allGather(ids, three));
        refused(
                "allGather: out must be another tensor than part, got three [3] F32",
                () -> comm.allGather(three, three));
        refused(
                "allToAll: in must be of a multiple of 2 elements, got three [3] F32",
                () -> comm.allToAll(four, three));
        refused("allToAll: out must be of 4 elements, got three [3] F32", () -> comm.allToAll(three, four));
        refused("broadcast: root must be within 0 .. 1, got 2", () -> comm.broadcast(three, 2));
        refused("broadcast: root must be within 0 .. 1, got -1", () -> comm.broadcast(three, -1));
    }

    private static void refused(String message, Runnable call) {
        assertEquals(message, assertThrows(ShapeException.class, call::run).getMessage());
    }
}
