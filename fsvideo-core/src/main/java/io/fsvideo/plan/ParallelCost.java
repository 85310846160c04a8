package io.fsvideo.plan;

import io.fsvideo.Parallel;
import io.fsvideo.RequestException;
import io.fsvideo.pipeline.TransformerWork;
import io.fsvideo.tensor.Comm;

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
record ParallelCost(
        Parallel way,
        int ranks,
        double productSeconds,
        double memorySeconds,
        double linkSeconds,
        double hiddenSeconds,
        double bytesMoved) {
    /** Part of the peak that large BF16 products are assumed to reach. */
    static final double PRODUCT_SHARE = 0.65;
    /** Part of the nominal bandwidth of memory and links that is assumed. */
    static final double COPY_SHARE = 0.8;

    /** Sums behind products: of both attentions and the MLP. */
    private static final int ALL_REDUCES = 3;

    private static final int STATISTICS = 3;
    private static final int EXCHANGES = 4;

    /** All of it. */
    double seconds() {
        return productSeconds + memorySeconds + linkSeconds - hiddenSeconds;
    }

    /** The cheapest legal way. @throws RequestException when none is */
    static ParallelCost cheapest(TransformerWork work, int ranks, Accelerator device, Link link) {
        ParallelCost best = null;
        for (Parallel way : new Parallel[] {Parallel.GUIDANCE, Parallel.SEQUENCE, Parallel.TENSOR}) {
            if (work.canShare(way, ranks)) {
                ParallelCost cost = of(work, way, ranks, device, link);
                best = best == null || cost.seconds() < best.seconds() ? cost : best;
            }
        }
        if (best == null) {
            throw new RequestException("parallel: ranks must divide the model's " + work.limits() + ", got " + ranks);
        }
        return best;
    }

    /** The prediction for one way. @throws RequestException when it is not legal */
    static ParallelCost of(TransformerWork work, Parallel way, int ranks, Accelerator device, Link link) {
        if (!work.canShare(way, ranks)) {
            throw new RequestException("parallel: " + way + " must be legal for " + ranks + " ranks, " + work.limits()
                    + " and " + work.branches() + " branches");
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
    private static Overlap overlap(TransformerWork work, int ranks, Accelerator device, Link link) {
        double sum = 2 * (ranks - 1.0) / ranks * work.mapBytes() / (link.bytesPerSecond() * COPY_SHARE);
        double seconds = 0;
        int halved = 0;
        for (double product : work.summedProducts()) {
            double multiplyAdds = product / ranks;
            if (ranks > 1 && multiplyAdds >= Comm.LONG_PRODUCT) {
                double computing = 2 * multiplyAdds / (device.flops() * PRODUCT_SHARE);
                seconds += Math.min(computing / 2, sum / 2 + link.latencySeconds());
                halved++;
            }
        }
        int layers = work.layers();
        return new Overlap(layers * seconds, layers * halved);
    }

    /** Bytes one rank sends in one step, and in how many collectives. */
    private record Moved(double bytes, double calls) {}

    private static Moved moved(TransformerWork work, Parallel way, int ranks) {
        double others = (ranks - 1.0) / ranks;
        int layers = work.layers();
        if (ranks == 1) {
            return new Moved(0, 0);
        }
        double prediction = work.predictionBytes();
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
