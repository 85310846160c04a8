package io.fsvideo.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.comm.LateSums;
import io.fsvideo.comm.RankGroup;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row-parallel products whose first half is summed over ranks while the second is computed. */
class SharedLinearTest {
    private static final int IN = 16;
    private static final int OUT = 24;

    private static RankGroup open(int ranks) {
        return RankGroup.open(Collections.nCopies(ranks, TestArena.backendName()), BackendOptions.defaults());
    }

    private static float x(long row, int column) {
        return (row + column) % 3;
    }

    private static float w(int out, int column) {
        return (out + 2 * column) % 3 - 1;
    }

    /** Whole numbers up to 64, exact in BF16 too. */
    private static float[] expected(int rows, int ranks) {
        float[] y = new float[rows * OUT];
        for (int i = 0; i < y.length; i++) {
            y[i] = i % OUT;
            for (int column = 0; column < IN; column++) {
                y[i] += ranks * x(i / OUT, column) * w(i % OUT, column);
            }
        }
        return y;
    }

    /** Every rank has the same share, so that the sum is a multiple; the first adds the bias. */
    private static Linear linear(Arena a, DType dtype) {
        float[] values = new float[OUT * IN];
        float[] bias = new float[OUT];
        for (int i = 0; i < values.length; i++) {
            values[i] = w(i / IN, i % IN);
            bias[i / IN] = i / IN;
        }
        Tensor weight = a.pack(a.of("weight", dtype, values, OUT, IN), Layout.LINEAR, dtype);
        boolean first = a.backend().comm().rank() == 0;
        return new Linear(
                weight, first ? a.of("bias", bias, OUT) : null, a.backend().comm());
    }

    private static Tensor input(Arena a, DType dtype, int batch, int tokens) {
        float[] values = new float[batch * tokens * IN];
        for (int i = 0; i < values.length; i++) {
            values[i] = x(i / IN, i % IN);
        }
        return a.of("x", dtype, values, batch, tokens, IN);
    }

    private static List<String> run(Backend rank, DType dtype, int batch, int tokens) {
        List<String> events = new ArrayList<>();
        Backend backend = LateSums.over(rank, events::add);
        try (Arena a = Arena.root(backend, "shared")) {
            Linear linear = linear(a, dtype);
            Tensor x = input(a, dtype, batch, tokens);
            long before = a.bytesInUse();
            Tensor y = linear.forward(a, x);
            assertEquals(before + y.bytes(), a.peakBytes(), "nothing may be copied");
            assertEquals("linear [" + batch + ", " + tokens + ", " + OUT + "] " + dtype, y.toString());
            assertArrayEquals(expected(batch * tokens, backend.comm().size()), y.toFloats());
        }
        return events;
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 1, 1519, 768, 751, 2",
        "BF16, 1, 1519, 768, 751, 3",
        "F32, 2, 31, 32, 30, 3",
        "BF16, 3, 3, 8, 1, 2",
        "F32, 1, 3, 2, 1, 4"
    })
    void theSecondHalfIsMultipliedWhileTheFirstIsOnItsWay(
            DType dtype, int batch, int tokens, int first, int second, int size) {
        String top = "[" + first + ", " + OUT + "]";
        String bottom = "[" + second + ", " + OUT + "]";
        List<String> expected = List.of(
                "linear " + top,
                "start " + top,
                "linear " + bottom,
                "start " + bottom,
                "await " + top,
                "await " + bottom);
        try (RankGroup ranks = open(size)) {
            ranks.run(backend -> run(backend, dtype, batch, tokens)).forEach(events -> assertEquals(expected, events));
        }
    }

    /** One row, or rows so narrow that a half would not begin at a multiple of 64 bytes. */
    @ParameterizedTest
    @CsvSource({"F32, 1, 1", "BF16, 2, 1"})
    void whatCannotBeHalvedIsSummedAtOnce(DType dtype, int batch, int tokens) {
        try (RankGroup ranks = open(2)) {
            String shape = "[" + batch + ", " + tokens + ", " + OUT + "]";
            ranks.run(backend -> run(backend, dtype, batch, tokens))
                    .forEach(events -> assertEquals(List.of("linear " + shape, "sum " + shape), events));
        }
    }

    @Test
    void sumsThatRunAtOnceAreNotHalved() {
        try (RankGroup ranks = open(2)) {
            for (float[] y : ranks.run(backend -> {
                try (Arena a = Arena.root(backend, "at once")) {
                    assertEquals(Long.MAX_VALUE, backend.comm().overlapFrom());
                    return linear(a, DType.F32)
                            .forward(a, input(a, DType.F32, 1, 300))
                            .toFloats();
                }
            })) {
                assertArrayEquals(expected(300, 2), y);
            }
        }
    }

    @Test
    void theFirstHalfIsWaitedForWhenTheSecondFails() {
        IllegalStateException planted = new IllegalStateException("planted");
        List<List<String>> heard = List.of(new ArrayList<>(), new ArrayList<>());
        try (RankGroup ranks = open(2)) {
            IllegalStateException thrown = assertThrows(
                    IllegalStateException.class,
                    () -> ranks.run(rank -> {
                        List<String> events = heard.get(rank.comm().rank());
                        Consumer<String> listener = event -> {
                            events.add(event);
                            if (event.equals("linear [144, 24]")) {
                                throw planted;
                            }
                        };
                        Backend backend = LateSums.over(rank, listener);
                        try (Arena a = Arena.root(backend, "failing")) {
                            return linear(a, DType.F32).forward(a, input(a, DType.F32, 1, 400));
                        }
                    }));
            assertSame(planted, thrown);
        }
        heard.forEach(events -> assertEquals(
                List.of("linear [256, 24]", "start [256, 24]", "linear [144, 24]", "await [256, 24]"), events));
    }
}
