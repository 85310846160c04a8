package io.fsvideo.comm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.PlanComm;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a group fails, and that it works afterwards. */
class RankGroupTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private static RankGroup open(int size, Duration timeout) {
        return RankGroup.open(
                Collections.nCopies(size, "cpu"), BackendOptions.defaults().withThreads(size), timeout);
    }

    private static float[] sumOfRanks(Backend backend) {
        try (Arena a = Arena.root(backend, "after")) {
            Tensor x = a.of("x", new float[] {backend.comm().rank()}, 1);
            backend.comm().allReduceSum(x);
            return x.toFloats();
        }
    }

    private static void assertUsable(RankGroup ranks) {
        int size = ranks.size();
        for (float[] sum : ranks.run(RankGroupTest::sumOfRanks)) {
            assertArrayEquals(new float[] {size * (size - 1) / 2f}, sum);
        }
        for (int rank = 0; rank < size; rank++) {
            assertEquals(0, ranks.backend(rank).bytesInUse());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void oneThatThrowsEndsTheOthers(int size) {
        CommException[] seen = new CommException[size];
        IllegalStateException planted = new IllegalStateException("planted");
        try (RankGroup ranks = open(size, LONG)) {
            IllegalStateException thrown = assertThrows(
                    IllegalStateException.class,
                    () -> ranks.run(backend -> {
                        try (Arena a = Arena.root(backend, "failing")) {
                            Tensor x = a.of("x", new float[] {1}, 1);
                            backend.comm().allReduceSum(x);
                            if (backend.comm().rank() == size - 1) {
                                throw planted;
                            }
                            backend.comm().allReduceSum(x);
                            return null;
                        } catch (CommException e) {
                            seen[backend.comm().rank()] = e;
                            throw e;
                        }
                    }));
            assertSame(planted, thrown);
            for (int rank = 0; rank < size - 1; rank++) {
                assertEquals(size - 1, seen[rank].failedRank());
                assertSame(planted, seen[rank].getCause());
                assertEquals(
                        "comm: rank " + (size - 1) + " of " + size
                                + " ended the group: java.lang.IllegalStateException: planted",
                        seen[rank].getMessage());
            }
            assertUsable(ranks);
        }
    }

    @Test
    void errorsAreThrownToo() {
        try (RankGroup ranks = open(2, LONG)) {
            assertThrows(
                    AssertionError.class,
                    () -> ranks.run(backend -> {
                        if (backend.comm().rank() == 0) {
                            throw new AssertionError("planted");
                        }
                        backend.comm().barrier();
                        return null;
                    }));
            assertUsable(ranks);
        }
    }

    @Test
    void aLateRankIsNamed() {
        CountDownLatch over = new CountDownLatch(1);
        try (RankGroup ranks = open(3, Duration.ofMillis(50))) {
            CommException late = assertThrows(
                    CommException.class,
                    () -> ranks.run(backend -> {
                        if (backend.comm().rank() == 1) {
                            awaitQuietly(over);
                        }
                        try {
                            backend.comm().barrier();
                        } finally {
                            over.countDown();
                        }
                        return null;
                    }));
            assertEquals(1, late.failedRank());
            assertTrue(late.getMessage().contains("rank 1 of 3 must join barrier within 0.05 s"), late.getMessage());
        }
    }

    @Test
    void differentOperationsAreNamed() {
        try (RankGroup ranks = open(2, LONG)) {
            CommException mismatch = assertThrows(
                    CommException.class,
                    () -> ranks.run(backend -> {
                        try (Arena a = Arena.root(backend, "differing")) {
                            Comm comm = backend.comm();
                            comm.allReduceSum(a.alloc("x", DType.F32, Shape.of(3 + comm.rank())));
                            return null;
                        }
                    }));
            assertTrue(mismatch.getMessage().contains("allReduceSum of 3 F32"), mismatch.getMessage());
            assertTrue(mismatch.getMessage().contains("allReduceSum of 4 F32"), mismatch.getMessage());
            assertUsable(ranks);
        }
    }

    @Test
    void anInterruptedCallerEndsAllRanks() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try (RankGroup ranks = open(2, LONG)) {
            Thread caller = new Thread(() -> {
                try {
                    ranks.run(backend -> {
                        if (backend.comm().rank() == 0) {
                            inside.countDown();
                            backend.comm().barrier();
                        } else {
                            awaitFailure(backend.comm());
                        }
                        return null;
                    });
                } catch (RuntimeException e) {
                    thrown.set(Thread.currentThread().isInterrupted() ? e : null);
                }
            });
            caller.start();
            inside.await();
            caller.interrupt();
            caller.join();
            assertInstanceOf(CommException.class, thrown.get());
            assertUsable(ranks);
        }
    }

    /** Computes until the group has failed; barriers only with itself would not notice. */
    private static void awaitFailure(Comm comm) {
        while (true) {
            try {
                comm.barrier();
            } catch (CommException e) {
                throw e;
            }
        }
    }

    @Test
    void aThreadKeepsItsRank() {
        try (RankGroup ranks = open(2, LONG)) {
            List<Arena> arenas = ranks.run(backend -> Arena.root(backend, "kept"));
            List<Tensor> tensors =
                    ranks.run(backend -> arenas.get(backend.comm().rank()).of("x", new float[] {7}, 1));
            assertThrows(IllegalStateException.class, () -> arenas.get(0).child("of the caller"));
            ranks.run(backend -> {
                backend.comm().allReduceSum(tensors.get(backend.comm().rank()));
                arenas.get(backend.comm().rank()).close();
                return null;
            });
            assertUsable(ranks);
        }
    }

    @Test
    void plansMoveNothing() {
        try (RankGroup ranks = open(2, LONG)) {
            Backend plan = ranks.backend(1).planning();
            assertEquals(1, plan.comm().rank());
            assertEquals(2, plan.comm().size());
            assertEquals(0, PlanComm.of(new LateSums(plan.comm())).overlapFrom(), "plans halve what runs halve");
            try (plan;
                    Arena a = Arena.root(plan, "plan")) {
                Tensor x = a.alloc("x", DType.F32, Shape.of(4));
                plan.comm().allReduceSum(x);
                plan.comm().allGather(a.alloc("all", DType.F32, Shape.of(2, 4)), x);
                plan.comm().barrier();
                assertThrows(ShapeException.class, () -> plan.comm().allGather(x, x));
            }
        }
    }

    @Test
    void openingRefusesNoRanksAndMixedKinds() {
        BackendOptions options = BackendOptions.defaults();
        assertThrows(BackendException.class, () -> RankGroup.open(List.of(), options));
        assertThrows(BackendException.class, () -> RankGroup.open(List.of("cpu"), options, Duration.ZERO));
        BackendException mixed =
                assertThrows(BackendException.class, () -> RankGroup.open(List.of("cpu", "reference"), options));
        assertTrue(mixed.getMessage().contains("[cpu, reference]"), mixed.getMessage());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
