package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.comm.RankTask;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import io.fsvideo.tensor.Tensor;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Collectives between ranks that are threads of this process; every rank is another backend of the kind under test. */
class CommTest {
    /** Empty, one, odd, and more than one block of 2^18 bytes. */
    private static final int[] COUNTS = {0, 1, 257, 140_001};

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static RankGroup open(int size) {
        return RankGroup.open(
                Collections.nCopies(size, TestArena.backendName()),
                BackendOptions.defaults().withThreads(1),
                TIMEOUT);
    }

    /** Runs {@code test} on every rank; nothing may be left allocated. */
    private static void onRanks(int size, RankCase test) {
        RankTask<Void> task = backend -> {
            try (Arena a = Arena.root(backend, "rank " + backend.comm().rank())) {
                test.run(a, backend.comm());
            }
            return null;
        };
        try (RankGroup ranks = open(size)) {
            long[] before =
                    ranks.run(Backend::bytesInUse).stream().mapToLong(x -> x).toArray();
            ranks.run(task);
            assertArrayEquals(
                    before,
                    ranks.run(Backend::bytesInUse).stream().mapToLong(x -> x).toArray());
        }
    }

    @FunctionalInterface
    private interface RankCase {
        void run(Arena a, Comm comm);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void sumsInRankOrder(int size) {
        onRanks(size, (a, comm) -> {
            assertEquals(size, comm.size());
            for (DType dtype : List.of(DType.F32, DType.BF16)) {
                for (int count : COUNTS) {
                    Tensor x = Inputs.rows(a, "rank" + comm.rank(), dtype, count / 257 + 1, count == 0 ? 0 : 257);
                    float[] expected = sum(size, dtype, x.shape().toArray());
                    comm.allReduceSum(x);
                    assertArrayEquals(expected, x.toFloats());
                }
            }
        });
    }

    /** The sum in F32, in rank order, rounded once. */
    private static float[] sum(int size, DType dtype, long[] dims) {
        float[] total = null;
        try (Backend backend = Backend.open("cpu", BackendOptions.defaults().withThreads(1));
                Arena a = Arena.root(backend, "expected")) {
            for (int rank = 0; rank < size; rank++) {
                float[] x = Inputs.rows(a, "rank" + rank, dtype, dims).toFloats();
                for (int i = 0; total != null && i < x.length; i++) {
                    total[i] += x[i];
                }
                total = total == null ? x : total;
            }
        }
        for (int i = 0; dtype == DType.BF16 && i < total.length; i++) {
            total[i] = Floats.fromBf16(Floats.toBf16(total[i]));
        }
        return total;
    }

    @Test
    void bf16IsRoundedOnce() {
        float[] parts = {256, 1, 1, 1};
        onRanks(4, (a, comm) -> {
            Tensor x = a.of("x", DType.BF16, new float[] {parts[comm.rank()]}, 1);
            comm.allReduceSum(x);
            assertArrayEquals(new float[] {260}, x.toFloats(), "259 rounds to 260; rounding each time stays at 256");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void startedSumsMayOverlap(int size) {
        onRanks(size, (a, comm) -> {
            Tensor x = a.of("x", new float[] {1, comm.rank()}, 2);
            Tensor y = a.of("y", new float[] {3}, 1);
            Comm.Transfer first = comm.startAllReduceSum(x);
            Comm.Transfer second = comm.startAllReduceSum(y);
            Tensor beside = a.add(a.of("z", new float[] {5}, 1), a.of("w", new float[] {6}, 1));
            second.await();
            first.await();
            assertArrayEquals(new float[] {size, size * (size - 1) / 2f}, x.toFloats());
            assertArrayEquals(new float[] {3 * size}, y.toFloats());
            assertArrayEquals(new float[] {11}, beside.toFloats());
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void gathersInRankOrder(int size) {
        onRanks(size, (a, comm) -> {
            for (DType dtype : DType.values()) {
                for (int count : COUNTS) {
                    Tensor part = Inputs.counting(a, "part", dtype, 5 + comm.rank(), count);
                    Tensor out = Inputs.counting(a, "out", dtype, 2, size, count);
                    comm.allGather(out, part);
                    float[] expected = new float[size * count];
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] = i % count % (5 + i / count);
                    }
                    assertArrayEquals(expected, out.toFloats());
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void exchangesBlocks(int size) {
        onRanks(size, (a, comm) -> {
            for (DType dtype : List.of(DType.F32, DType.BF16, DType.U8)) {
                for (int count : COUNTS) {
                    float[] values = new float[size * count];
                    float[] expected = new float[size * count];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = label(comm.rank(), i / count, i % count);
                        expected[i] = label(i / count, comm.rank(), i % count);
                    }
                    Tensor in = a.of("in", dtype, values, size, count);
                    Tensor out = Inputs.counting(a, "out", dtype, 2, size, count);
                    comm.allToAll(out, in);
                    assertArrayEquals(expected, out.toFloats());
                    assertArrayEquals(values, in.toFloats());
                }
            }
        });
    }

    private static float label(int from, int to, int i) {
        return from * 40 + to * 10 + i % 7;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void broadcastsFromEveryRoot(int size) {
        onRanks(size, (a, comm) -> {
            for (int root = 0; root < size; root++) {
                for (int count : COUNTS) {
                    Tensor x = Inputs.counting(a, "x", DType.U8, 5 + comm.rank(), count);
                    comm.broadcast(x, root);
                    assertArrayEquals(
                            Inputs.counting(a, "e", DType.U8, 5 + root, count).toFloats(), x.toFloats());
                }
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void sameBitsEveryTime(int size) {
        float[][] runs = new float[2][];
        for (int run = 0; run < runs.length; run++) {
            int current = run;
            onRanks(size, (a, comm) -> {
                Tensor x = Inputs.normal(a, "same" + comm.rank(), DType.F32, 3, 1519);
                comm.allReduceSum(x);
                if (comm.rank() == size - 1) {
                    runs[current] = x.toFloats();
                }
            });
        }
        assertArrayEquals(runs[0], runs[1]);
    }
}
