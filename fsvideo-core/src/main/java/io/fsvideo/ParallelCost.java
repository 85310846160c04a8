package io.fsvideo;

import io.fsvideo.model.DitConfig;
import io.fsvideo.model.DitRanks;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;

/**
 * Predicted time of one transformer's part of a generation on several devices, from products, memory traffic and bytes moved between
 * devices. Products reach {@link #PRODUCT_SHARE} of the peak, memory and links {@link #COPY_SHARE}: assumptions, not measurements. Only the
 * sums of tensor parallelism are overlapped, as {@link io.fsvideo.nn.Linear} does it: of products of {@link Comm#LONG_PRODUCT} multiply-adds
 * or more, the first half's sum runs beside the second half's product.
 *
 * @param way how ranks share it
 * @param ranks how many
 * @param productSeconds of matrix products
 * @param memorySeconds of everything bound by memory: norms, sums, layer memory
 * @param linkSeconds of collectives
 * @param hiddenSeconds of {@code linkSeconds}, beside products
 * @param bytesMoved sent by each rank, all steps together
 */
public record ParallelCost(
        Parallel way,
        int ranks,
        double productSeconds,
        double memorySeconds,
        double linkSeconds,
        double hiddenSeconds,
        double bytesMoved) {
    /** Part of the peak that large BF16 products are assumed to reach. */
    public static final double PRODUCT_SHARE = 0.65;
    /** Part of the nominal bandwidth of memory and links that is assumed. */
    public static final double COPY_SHARE = 0.8;

    /** Reads and writes of {@code [tokens, dim]} in the model's dtype per block, beside products and layer memory, unfused. */
    private static final int PASSES = 36;

    /** Sums behind products: of both attentions and the MLP. */
    private static final int ALL_REDUCES = 3;

    private static final int STATISTICS = 3;
    private static final int EXCHANGES = 4;
    private static final long BYTES = DType.BF16.bytes();

    /**
     * One transformer's work.
     *
     * @param config its sizes
     * @param tokens of one sample
     * @param branches of guidance, 1 or 2
     * @param steps of the solver
     * @param imageRows keys of the image branch, 0 without one
     */
    public record Work(DitConfig config, long tokens, int branches, int steps, int imageRows) {
        /** Rows of all branches. */
        double rows() {
            return (double) tokens * branches;
        }

        /** FLOPs of one block's products that are split with heads and channels. */
        double splitFlops() {
            double d = config.dim();
            double linear = 2 * rows() * d * (6 * d + 2.0 * config.ffnDim());
            double attention = 4 * rows() * d * (tokens + config.textLen() + imageRows);
            return config.numLayers() * (linear + attention);
        }

        /** FLOPs of the routers, patch embedding and head. */
        double wholeFlops() {
            double d = config.dim();
            double states = hasRouter() ? config.numLayers() * (config.numLayers() + 1) / 2.0 : 0;
            return 2 * rows() * d * (states + (double) config.patchVolume() * (config.inDim() + config.outDim()));
        }

        /** Bytes of memory traffic outside products. */
        double memoryBytes() {
            double map = rows() * config.dim();
            double states = hasRouter() ? config.numLayers() * (config.numLayers() + 1) / 2.0 : 0;
            return map * (config.numLayers() * PASSES * (double) BYTES + states * DType.F32.bytes());
        }

        private boolean hasRouter() {
            return !config.layerMemory().equals("none");
        }

        /** Bytes of {@code [rows, dim]}. */
        double mapBytes() {
            return rows() * config.dim() * BYTES;
        }
    }

    /** All of it. */
    public double seconds() {
        return productSeconds + memorySeconds + linkSeconds - hiddenSeconds;
    }

    /** Whether {@code ranks} can share {@code work} so. */
    public static boolean isLegal(Work work, Parallel way, int ranks) {
        return switch (way) {
            case TENSOR -> DitRanks.canSplitColumns(work.config(), ranks);
            case SEQUENCE -> DitRanks.canSplitTokens(work.config(), ranks);
            case GUIDANCE -> ranks == 2 && work.branches() == 2;
            case AUTO -> false;
        };
    }

    /** The cheapest legal way. @throws RequestException when none is */
    public static ParallelCost cheapest(Work work, int ranks, Accelerator device, Link link) {
        ParallelCost best = null;
        for (Parallel way : new Parallel[] {Parallel.GUIDANCE, Parallel.SEQUENCE, Parallel.TENSOR}) {
            if (isLegal(work, way, ranks)) {
                ParallelCost cost = of(work, way, ranks, device, link);
                best = best == null || cost.seconds() < best.seconds() ? cost : best;
            }
        }
        if (best == null) {
            throw new RequestException(
                    "parallel: ranks must divide the model's " + work.config().numHeads() + " heads, got " + ranks);
        }
        return best;
    }

    /** The prediction for one way. @throws RequestException when it is not legal */
    public static ParallelCost of(Work work, Parallel way, int ranks, Accelerator device, Link link) {
        if (!isLegal(work, way, ranks)) {
            throw new RequestException("parallel: " + way + " must be legal for " + ranks + " ranks, "
                    + work.config().numHeads() + " heads and " + work.branches() + " branches");
        }
        double n = ranks;
        double flops = way == Parallel.TENSOR
                ? work.splitFlops() / n + work.wholeFlops()
                : (work.splitFlops() + work.wholeFlops()) / n;
        double traffic = work.memoryBytes() / (way == Parallel.TENSOR ? 1 : n);
        Moved moved = moved(work, way, ranks);
        Overlap overlap = way == Parallel.TENSOR ? overlap(work, ranks, device, link) : new Overlap(0, 0);
        return new ParallelCost(
                way,
                ranks,
                work.steps() * flops / (device.flops() * PRODUCT_SHARE),
                work.steps() * traffic / (device.bytesPerSecond() * COPY_SHARE),
                work.steps()
                        * (moved.bytes() / (link.bytesPerSecond() * COPY_SHARE)
                                + (moved.calls() + overlap.calls()) * link.latencySeconds()),
                work.steps() * overlap.seconds(),
                work.steps() * moved.bytes());
    }

    /** Seconds of one step's collectives that run beside products, and how many more collectives that takes. */
    private record Overlap(double seconds, double calls) {}

    /** Half of a product hides half of its sum, or as much of it as its own time. */
    private static Overlap overlap(Work work, int ranks, Accelerator device, Link link) {
        double sum = 2 * (ranks - 1.0) / ranks * work.mapBytes() / (link.bytesPerSecond() * COPY_SHARE);
        double dim = work.config().dim();
        double seconds = 0;
        int halved = 0;
        for (double in : new double[] {dim, dim, work.config().ffnDim()}) {
            double multiplyAdds = work.rows() * in / ranks * dim;
            if (ranks > 1 && multiplyAdds >= Comm.LONG_PRODUCT) {
                double product = 2 * multiplyAdds / (device.flops() * PRODUCT_SHARE);
                seconds += Math.min(product / 2, sum / 2 + link.latencySeconds());
                halved++;
            }
        }
        int layers = work.config().numLayers();
        return new Overlap(layers * seconds, layers * halved);
    }

    /** Bytes one rank sends in one step, and in how many collectives. */
    private record Moved(double bytes, double calls) {}

    private static Moved moved(Work work, Parallel way, int ranks) {
        double others = (ranks - 1.0) / ranks;
        int layers = work.config().numLayers();
        if (ranks == 1) {
            return new Moved(0, 0);
        }
        double prediction =
                work.rows() * work.config().patchVolume() * work.config().outDim() * DType.F32.bytes();
        return switch (way) {
            // A ring's all-reduce sends each part twice.
            case TENSOR ->
                new Moved(
                        layers * 2 * others * (ALL_REDUCES * work.mapBytes() + STATISTICS * work.rows() * Float.BYTES),
                        layers * (ALL_REDUCES + STATISTICS - 1.0));
            // Of its rows' share, a rank sends all but its own heads' part.
            case SEQUENCE ->
                new Moved(
                        layers * EXCHANGES * others * work.mapBytes() / ranks + prediction * others,
                        layers * EXCHANGES + 1.0);
            default -> new Moved(prediction / 2, 1);
        };
    }
}
