package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.cuda.nccl.NcclException;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.cuda.global.nccl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** NCCL's calls, arguments and order over a library built from {@code nccl.cpp}; that they give the right numbers: {@code CommTest}. */
class NcclTest {
    private static final int LOG = -1;
    private static final int HANG = -2;
    private static final int LOG_DRIVER_TOO = -3;
    private static final int UNSEEN = -4;
    private static final int FAILING = -5;
    private static final int ASYNC_ERROR = -1000;
    private static final int SYSTEM_ERROR = 2;
    private static final int INTERNAL_ERROR = 3;
    /** Long enough for both ranks to join on a busy machine. */
    private static final Duration SHORT = Duration.ofSeconds(3);

    private static RankGroup open(int size) {
        return open(size, Duration.ofMinutes(2));
    }

    private static RankGroup open(int size, Duration timeout) {
        return RankGroup.open(Collections.nCopies(size, FakeDriver.NAME), BackendOptions.defaults(), timeout);
    }

    private static List<String> log(int rank) {
        return nccl.ncclGetErrorString(LOG)
                .getString()
                .lines()
                .filter(line -> !line.contains(" rank ") || line.contains(" rank " + rank))
                .toList();
    }

    private static String stream(String line) {
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    /** The lines about two streams, which are called main and side; of events those only that the other stream waits for at once. */
    private static List<String> inOrder(List<String> lines, String main, String side) {
        List<String> all = lines.stream()
                .filter(line -> stream(line).equals(main) || stream(line).equals(side))
                .map(line -> line.replace(main, "main").replace(side, "side"))
                .toList();
        List<String> order = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i);
            if (line.startsWith("wait for ")) {
                String event = line.split(" ")[2];
                String recorded = all.get(i - 1);
                assertTrue(recorded.startsWith("record " + event + " "), recorded + ", then " + line);
                order.add(stream(line) + " waits for " + stream(recorded));
            } else if (!line.startsWith("record ")) {
                order.add(line);
            }
        }
        return order;
    }

    @Test
    void callsArgumentsAndOrder() {
        try (RankGroup ranks = open(2)) {
            log(0);
            ranks.run(backend -> {
                try (Arena a = Arena.root(backend, "calls")) {
                    Comm comm = backend.comm();
                    comm.allReduceSum(a.alloc("x", DType.BF16, Shape.of(3, 5)));
                    comm.startAllReduceSum(a.alloc("y", DType.F32, Shape.of(7))).await();
                    comm.allGather(a.alloc("all", DType.I32, Shape.of(2, 3)), a.alloc("part", DType.I32, Shape.of(3)));
                    comm.allToAll(a.alloc("out", DType.F16, Shape.of(2, 4)), a.alloc("in", DType.F16, Shape.of(2, 4)));
                    comm.broadcast(a.alloc("b", DType.U8, Shape.of(9)), 1);
                    comm.barrier();
                }
                return null;
            });
        }
        List<String> calls =
                log(1).stream().filter(line -> line.contains(" rank ")).toList();
        assertNotEquals(stream(calls.get(1)), stream(calls.get(2)));
        assertEquals(
                List.of(
                        "ncclCommInitRankConfig rank 1 of 2",
                        "ncclAllReduce rank 1 count 15 type 9 op 0 in place 1 stream " + stream(calls.get(1)),
                        "ncclAllReduce rank 1 count 7 type 7 op 0 in place 1 stream " + stream(calls.get(2)),
                        "ncclAllGather rank 1 count 3 type 2",
                        "ncclSend rank 1 count 4 type 6 to 0",
                        "ncclRecv rank 1 count 4 type 6 from 0",
                        "ncclSend rank 1 count 4 type 6 to 1",
                        "ncclRecv rank 1 count 4 type 6 from 1",
                        "ncclBroadcast rank 1 count 9 type 1 root 1",
                        "ncclCommDestroy rank 1"),
                calls);
    }

    /** 7 rows of 64 inputs and 32 outputs: 4 rows, whose sum is on its way while the other 3 are multiplied. */
    @Test
    void aHalfIsSummedOnTheSecondStreamWhileTheOtherIsMultiplied() {
        List<String> lines;
        try (RankGroup ranks = open(2)) {
            List<float[]> results = ranks.run(NcclTest::addTwiceInHalves);
            lines = log(1);
            float[] expected = new float[7 * 32];
            Arrays.fill(expected, 2 * (64 + 2 * 64));
            results.forEach(result -> assertArrayEquals(expected, result));
        }
        List<String> sums =
                lines.stream().filter(line -> line.startsWith("ncclAllReduce")).toList();
        assertEquals(3, sums.size(), lines::toString);
        String half = "ncclAllReduce rank 1 count %d type 9 op 0 in place 1 stream side";
        assertEquals(
                List.of(
                        "ncclAllReduce rank 1 count 1 type 7 op 0 in place 1 stream main",
                        "launch gemm_128x128 stream main",
                        "side waits for main",
                        String.format(half, 4 * 32),
                        "launch gemm_128x128 stream main",
                        "side waits for main",
                        String.format(half, 3 * 32),
                        "main waits for side",
                        "main waits for side",
                        "launch add stream main"),
                inOrder(lines, stream(sums.get(0)), stream(sums.get(1))));
    }

    private static float[] addTwiceInHalves(Backend backend) {
        try (Arena a = Arena.root(backend, "halves")) {
            Tensor one = a.of("one", new float[] {1}, 1);
            Tensor x = a.fill(DType.BF16, 1 + backend.comm().rank(), 1, 7, 64);
            Tensor weight = a.pack(a.fill(DType.BF16, 1, 32, 64), Layout.LINEAR, DType.BF16);
            backend.comm().barrier();
            nccl.ncclGetErrorString(LOG_DRIVER_TOO);
            backend.comm().barrier();
            backend.comm().allReduceSum(one);
            Tensor y = new Linear(weight, null, halving(backend.comm())).forward(a, x);
            Tensor twice = a.add(y, y);
            backend.comm().barrier();
            return twice.toFloats();
        }
    }

    /** {@code ranks}, for which no product is too short to be halved. */
    private static Comm halving(Comm ranks) {
        assertEquals(Comm.LONG_PRODUCT, ranks.overlapFrom());
        return (Comm) Proxy.newProxyInstance(
                Comm.class.getClassLoader(),
                new Class<?>[] {Comm.class},
                (proxy, method, arguments) ->
                        method.getName().equals("overlapFrom") ? 0L : method.invoke(ranks, arguments));
    }

    @Test
    void aFailedRankAbortsTheOthersAndAllJoinAgain() {
        IllegalStateException planted = new IllegalStateException("planted");
        CommException[] seen = new CommException[2];
        try (RankGroup ranks = open(2)) {
            log(0);
            assertSame(
                    planted,
                    assertThrows(
                            IllegalStateException.class,
                            () -> ranks.run(backend -> {
                                try (Arena a = Arena.root(backend, "failing")) {
                                    Tensor x = a.of("x", new float[] {1}, 1);
                                    backend.comm().allReduceSum(x);
                                    if (backend.comm().rank() == 1) {
                                        throw planted;
                                    }
                                    backend.comm().allReduceSum(x);
                                    backend.comm().barrier();
                                    return null;
                                } catch (CommException e) {
                                    seen[backend.comm().rank()] = e;
                                    throw e;
                                }
                            })));
            assertEquals(1, seen[0].failedRank());
            assertTrue(log(0).contains("ncclCommAbort rank 0"));
            assertAllJoinAgain(ranks);
        }
    }

    /** Rank 0 sums while rank 1 lives, does something else and never calls; how that ends for rank 0. */
    private static CommException sumAlone(RankGroup ranks, Runnable before) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        return assertThrows(
                CommException.class,
                () -> ranks.run(backend -> {
                    if (backend.comm().rank() == 1) {
                        ended.join();
                        return null;
                    }
                    before.run();
                    try {
                        return sum(backend);
                    } finally {
                        ended.complete(null);
                    }
                }));
    }

    private static void assertAllJoinAgain(RankGroup ranks) {
        for (float[] sum : ranks.run(NcclTest::sum)) {
            assertArrayEquals(new float[] {3}, sum);
        }
    }

    @Test
    @Timeout(60)
    void aRankThatNeverCallsEndsTheOthersInTime() {
        try (RankGroup group = open(2)) {
            assertAllJoinAgain(group);
        }
        try (RankGroup ranks = open(2, SHORT)) {
            CommException first = sumAlone(ranks, () -> {});
            assertEquals(1, first.failedRank());
            assertAllJoinAgain(ranks);
            log(0);
            CommException late = sumAlone(ranks, () -> {});
            assertEquals(1, late.failedRank());
            assertEquals(
                    "comm: rank 1 of 2 ended the group: comm: rank 1 of 2 must join ncclAllReduce of 1 F32 within 3.0 s"
                            + " of rank 0, but did not",
                    late.getMessage());
            assertTrue(log(0).contains("ncclCommAbort rank 0"));
            assertAllJoinAgain(ranks);
        }
    }

    @Test
    @Timeout(60)
    void aCollectiveThatHangsThoughAllCalledEndsInTime() {
        try (RankGroup ranks = open(2, SHORT)) {
            assertAllJoinAgain(ranks);
            nccl.ncclGetErrorString(HANG);
            CommException late = assertThrows(CommException.class, () -> ranks.run(NcclTest::sum));
            assertTrue(late.getMessage().contains("must end ncclAllReduce of 1 F32 within 3.0 s"), late.getMessage());
            assertAllJoinAgain(ranks);
        }
    }

    /** It has sent its id, and nobody hears of it again. */
    @Test
    @Timeout(60)
    void aRankThatIsLostWhileTheOthersJoinEndsThemInTime() {
        try (RankGroup ranks = open(2, SHORT)) {
            log(0);
            nccl.ncclGetErrorString(UNSEEN);
            CommException lost = assertThrows(CommException.class, () -> ranks.run(NcclTest::sum));
            assertTrue(
                    lost.getMessage()
                            .contains(
                                    " of 2 must find the others through ncclCommInitRankConfig within 3.0 s, but did not;"),
                    lost.getMessage());
            List<String> calls = log(0);
            assertTrue(calls.contains("ncclCommAbort rank 0"), calls.toString());
            assertAllJoinAgain(ranks);
        }
    }

    /** Long before the time limit of two minutes. */
    @Test
    @Timeout(60)
    void aRankThatFailsWhileTheOthersJoinEndsThemAtOnce() {
        try (RankGroup ranks = open(2)) {
            nccl.ncclGetErrorString(FAILING);
            NcclException failed = assertThrows(NcclException.class, () -> ranks.run(NcclTest::sum));
            assertEquals(SYSTEM_ERROR, failed.code(), failed.getMessage());
            assertAllJoinAgain(ranks);
        }
    }

    @Test
    @Timeout(60)
    void anErrorOfNcclsOwnThreadsEndsAllRanks() {
        try (RankGroup ranks = open(2)) {
            assertAllJoinAgain(ranks);
            CommException failed = sumAlone(ranks, () -> nccl.ncclGetErrorString(ASYNC_ERROR - 100 - INTERNAL_ERROR));
            assertEquals(1, failed.failedRank());
            assertEquals(INTERNAL_ERROR, ((NcclException) failed.getCause()).code(), failed.getMessage());
            assertAllJoinAgain(ranks);
        }
    }

    private static float[] sum(Backend backend) {
        try (Arena a = Arena.root(backend, "sum")) {
            Tensor x = a.of("x", new float[] {1 + backend.comm().rank()}, 1);
            backend.comm().allReduceSum(x);
            return x.toFloats();
        }
    }

    @Test
    void oneRankIsACommunicatorToo() {
        try (Backend backend = FakeDriver.openWithNccl(BackendOptions.defaults())) {
            assertArrayEquals(new float[] {1}, sum(backend));
        }
    }
}
