package io.fsvideo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.Parallel;
import io.fsvideo.RequestException;
import io.fsvideo.comm.LateSums;
import io.fsvideo.comm.RankGroup;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.DitRanks;
import io.fsvideo.pipeline.DitWork;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.TransformerWork;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cost model counts the bytes that a transformer really sends, and orders the ways as its numbers say. */
class ParallelCostTest {
    private static final DitConfig CONFIG =
            new DitConfig(1, 1, 1, 12, 10, 48, 72, 16, 9, 6, 12, 3, 0, 1e-6f, "dynamic_router");
    private static final Accelerator DEVICE = Accelerator.h100();

    /** Bytes this rank sends to others, by a ring for sums and gathers. */
    private static final class Counter {
        private double bytes;

        private Comm over(Comm ranks) {
            return (Comm) Proxy.newProxyInstance(
                    Comm.class.getClassLoader(), new Class<?>[] {Comm.class}, (proxy, method, arguments) -> {
                        double others = ranks.size() - 1;
                        switch (method.getName()) {
                            case "allReduceSum", "startAllReduceSum" ->
                                bytes += 2 * others / ranks.size() * sizeOf(arguments[0]);
                            case "allGather" -> bytes += others * sizeOf(arguments[1]);
                            case "allToAll" -> bytes += others / ranks.size() * sizeOf(arguments[1]);
                            default -> bytes += 0;
                        }
                        try {
                            return method.invoke(ranks, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        private static double sizeOf(Object tensor) {
            Tensor t = (Tensor) tensor;
            return (double) t.numel() * t.dtype().bytes();
        }
    }

    /** 24 tokens, which 2, 3 and 4 ranks share without padding; conditions are made before and not counted. */
    private static double counted(Comm own, Backend backend, Parallel way) {
        Counter counter = new Counter();
        Comm ranks = counter.over(own);
        DitRanks shared = way == Parallel.TENSOR ? DitRanks.tensor(ranks) : DitRanks.sequence(ranks);
        try (Arena a = Arena.root(backend, "count")) {
            Dit dit = Weights.load(a, new RandomSource(1), DType.BF16, w -> new Dit(w, CONFIG, shared));
            Tensor text = a.fill(DType.F32, 1, 3, CONFIG.textDim());
            Dit.Context context = dit.prepare(a, List.of(text, text), null);
            counter.bytes = 0;
            dit.forward(a, a.noise(DType.F32, 1, 0, 2, 2, 3, 4, CONFIG.inDim()), new float[] {500, 500}, context);
            return counter.bytes;
        }
    }

    /** 24 tokens in two branches, one step. */
    private static DitWork small() {
        return new DitWork(Part.TRANSFORMER, true, CONFIG, 2, 3, 4, 2, 1, 0);
    }

    private static DitWork base() {
        return (DitWork) ParallelChoice.work(FsVideoConfig.fsvideo14B()).get(0);
    }

    private static DitWork refiner() {
        return (DitWork) ParallelChoice.work(FsVideoConfig.fsvideo14B()).get(1);
    }

    @ParameterizedTest
    @CsvSource({"2, TENSOR", "3, TENSOR", "4, TENSOR", "2, SEQUENCE", "3, SEQUENCE", "4, SEQUENCE"})
    void countsTheBytesThatAreSent(int size, Parallel way) {
        TransformerWork work = small();
        double predicted =
                ParallelCost.of(work, way, size, DEVICE, Link.nvlink4()).bytesMoved();
        try (RankGroup group = RankGroup.open(Collections.nCopies(size, "cpu"), BackendOptions.defaults())) {
            for (double bytes : group.run(backend -> counted(backend.comm(), backend, way))) {
                assertEquals(predicted, bytes, 1e-6 * predicted);
            }
            for (double bytes : group.run(backend -> counted(new LateSums(backend.comm()), backend, way))) {
                assertEquals(predicted, bytes, 1e-6 * predicted, "in halves");
            }
        }
    }

    /** Per block: 2 * 1860 rows, 2560 and 6912 inputs of two ranks, 5120 outputs; a ring of two sends [rows, 5120] in BF16 once. */
    @Test
    void hidesHalfASumBehindHalfAProduct() {
        TransformerWork base = base();
        double sum = 2 * 1860 * 5120 * 2.0;
        double attention = 1860 * 2560.0 * 5120 * 2 / (989.4e12 * 0.65);
        double mlp = 1860 * 6912.0 * 5120 * 2 / (989.4e12 * 0.65);
        for (Link link : List.of(Link.nvlink4(), Link.pcie5())) {
            double half = sum / 2 / (link.bytesPerSecond() * 0.8) + link.latencySeconds();
            ParallelCost cost = ParallelCost.of(base, Parallel.TENSOR, 2, DEVICE, link);
            double hidden = 30 * 40 * (2 * Math.min(attention, half) + Math.min(mlp, half));
            assertEquals(hidden, cost.hiddenSeconds(), 1e-9);
            assertEquals(cost.productSeconds() + cost.memorySeconds() + cost.linkSeconds() - hidden, cost.seconds());
            double statistics = 3 * 2 * 1860 * 4 / (link.bytesPerSecond() * 0.8);
            double halves = 3 * 2 * half + statistics + 2 * link.latencySeconds();
            assertEquals(30 * 40 * halves, cost.linkSeconds(), 1e-9);
        }
        ParallelCost tokens = ParallelCost.of(base, Parallel.SEQUENCE, 2, DEVICE, Link.nvlink4());
        assertEquals(0, tokens.hiddenSeconds());
    }

    /** A second collective must begin within half a product, or halves would take longer than the whole. */
    @Test
    void halvesAreNeverSlowerThanTheWhole() {
        for (Accelerator device : List.of(Accelerator.h100(), Accelerator.h200())) {
            for (Link link : List.of(Link.nvlink4(), Link.pcie5())) {
                double half = Comm.LONG_PRODUCT / (device.flops() * ParallelCost.PRODUCT_SHARE);
                assertTrue(half >= link.latencySeconds(), device + " " + link);
            }
        }
        ParallelCost small = ParallelCost.of(small(), Parallel.TENSOR, 2, DEVICE, Link.nvlink4());
        assertEquals(0, small.hiddenSeconds(), "products of a small model are not halved");
        assertEquals(3 * 5 * 10e-6, small.linkSeconds(), 1e-6);
    }

    @Test
    void oneDeviceSendsNothingAndSplittingHalvesTheProducts() {
        DitWork refiner = refiner();
        ParallelCost one = ParallelCost.of(refiner, Parallel.TENSOR, 1, DEVICE, Link.nvlink4());
        ParallelCost two = ParallelCost.of(refiner, Parallel.SEQUENCE, 2, DEVICE, Link.nvlink4());
        assertEquals(0, one.bytesMoved() + one.linkSeconds() + one.hiddenSeconds());
        assertEquals(one.productSeconds() / 2, two.productSeconds(), 1e-9);
        assertEquals(7440, refiner.tokens());
        assertEquals(1, refiner.branches());
        assertEquals(1860, base().tokens());
    }

    @Test
    void picksWhatIsCheapest() {
        ParallelCost base = ParallelCost.cheapest(base(), 2, DEVICE, Link.nvlink4());
        assertEquals(Parallel.GUIDANCE, base.way());
        ParallelCost refiner = ParallelCost.cheapest(refiner(), 2, DEVICE, Link.pcie5());
        assertEquals(Parallel.SEQUENCE, refiner.way());
        assertFalse(refiner().canShare(Parallel.GUIDANCE, 2));
        assertFalse(base().canShare(Parallel.TENSOR, 3));
        RequestException none =
                assertThrows(RequestException.class, () -> ParallelCost.cheapest(base(), 3, DEVICE, Link.nvlink4()));
        assertEquals("parallel: ranks must divide the model's 40 heads, got 3", none.getMessage());
    }

    @Test
    void tableHasEveryLegalWay() throws IOException {
        String table = ParallelTable.of(ParallelChoice.work(FsVideoConfig.fsvideo14B()), List.of(1, 2))
                .toString();
        assertEquals(2 + 2 * (1 + 6 + 1 + 4), table.lines().count());
        assertTrue(table.contains("| H200 | base | 2 | guidance | NVLink 4 |"), table);
        String page = Files.readString(Path.of("../docs/parallelism.md"));
        assertTrue(page.contains(table), "docs/parallelism.md must have what './fsvideo parallel' prints:\n" + table);
    }
}
