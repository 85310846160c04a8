package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProfiledBackendTest {
    private static ProfiledBackend open() {
        return ProfiledBackend.open("cuda-emulated", BackendOptions.defaults());
    }

    @Test
    void everyOperationBetweenBeginAndEndIsMeasured() {
        try (ProfiledBackend backend = open();
                Arena arena = Arena.root(backend, "test")) {
            Tensor x = arena.of("x", new float[] {1, 2, 3, 4}, 2, 2);
            arena.add(x, x);
            backend.begin();
            assertArrayEquals(
                    new float[] {3, 6, 9, 12}, arena.add(arena.add(x, x), x).toFloats());
            arena.mul(x, x);
            Map<String, OpTime> times = byName(backend.end());
            arena.mul(x, x);
            assertEquals(2, times.size());
            assertEquals(2, times.get("add").calls());
            assertEquals(1, times.get("mul").calls());
            assertEquals(2 * 3 * 16, times.get("add").bytes());
            assertTrue(times.get("add").milliseconds() > 0);
            backend.begin();
            arena.mul(x, x);
            assertEquals(1, byName(backend.end()).get("mul").calls());
        }
    }

    private static Map<String, OpTime> byName(List<OpTime> times) {
        return times.stream().collect(Collectors.toMap(OpTime::op, Function.identity()));
    }

    @Test
    void arithmeticOfProductsIsCounted() {
        try (ProfiledBackend backend = open();
                Arena arena = Arena.root(backend, "test")) {
            Tensor weight = arena.pack(arena.fill(DType.F32, 1, 7, 5), Layout.LINEAR, DType.F32);
            Tensor q = arena.fill(DType.F32, 1, 1, 3, 2, 8);
            Tensor k = arena.fill(DType.F32, 1, 1, 11, 2, 8);
            backend.begin();
            arena.linear(arena.fill(DType.F32, 1, 3, 5), weight, null, Activation.NONE);
            arena.attention(q, k, k, null, null, 1);
            Map<String, OpTime> times = byName(backend.end());
            assertEquals(2 * 3 * 5 * 7, times.get("linear").flops());
            assertEquals(2 * (2 * 3 * 11 * 2 * 8), times.get("attention").flops());
            assertEquals(0, times.get("fill").flops());
        }
    }

    @Test
    void refusalsReachTheCaller() {
        try (ProfiledBackend backend = open();
                Arena arena = Arena.root(backend, "test")) {
            Tensor x = arena.fill(DType.F32, 1, 2);
            assertThrows(ShapeException.class, () -> arena.add(x, arena.fill(DType.F32, 1, 3)));
        }
    }

    @Test
    void otherBackendsAreRefused() {
        String message = assertThrows(
                        BackendException.class, () -> ProfiledBackend.open("cpu", BackendOptions.defaults()))
                .getMessage();
        assertEquals("profile: backend must be a CUDA backend, got cpu", message);
    }
}
