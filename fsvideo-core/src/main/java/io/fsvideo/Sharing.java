package io.fsvideo;

import io.fsvideo.model.DitConfig;
import io.fsvideo.model.DitRanks;
import io.fsvideo.model.Encoded;
import io.fsvideo.model.TensorParallel;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;

/**
 * How the ranks that make one video share its work. Transformers are split; encoders and the upsampler run on every rank, which costs no
 * time and needs no memory that the first rank would not need anyway, and the first rank's results are sent to the others, so that
 * machines of different kinds agree to the bit. A Lite decoder is shared, any other runs on the first rank.
 *
 * @param ranks this rank and the others
 * @param base how they share the base model, not AUTO
 * @param refiner how they share the refiner: TENSOR or SEQUENCE
 */
record Sharing(Comm ranks, Parallel base, Parallel refiner) {
    /** One rank. */
    static Sharing alone() {
        return new Sharing(Comm.single(), Parallel.TENSOR, Parallel.TENSOR);
    }

    /**
     * What {@code asked} means for a model.
     *
     * @throws RequestException when so many ranks cannot share it so
     */
    static Sharing of(ModelConfig config, Comm ranks, Parallel asked) {
        if (ranks.size() == 1) {
            return alone();
        }
        if (asked == Parallel.GUIDANCE && ranks.size() != 2) {
            throw new RequestException("parallel: ranks must be 2 for guidance, one per branch, got " + ranks.size());
        }
        ParallelWork work = ParallelWork.of(config);
        Parallel base = asked == Parallel.AUTO ? cheapest(work.base(), ranks.size()) : asked;
        Parallel refiner = work.refiner() == null || asked == Parallel.GUIDANCE ? Parallel.SEQUENCE : asked;
        return new Sharing(ranks, base, refiner == Parallel.AUTO ? cheapest(work.refiner(), ranks.size()) : refiner);
    }

    private static Parallel cheapest(ParallelCost.Work work, int ranks) {
        return ParallelCost.cheapest(work, ranks, Accelerator.h200(), Link.nvlink4())
                .way();
    }

    /** Who has which part of a transformer. */
    DitRanks dit(Part part) {
        return switch (way(part)) {
            case TENSOR -> DitRanks.tensor(ranks);
            case SEQUENCE -> DitRanks.sequence(ranks);
            default -> DitRanks.alone();
        };
    }

    /** Which parameters of a transformer this rank has. */
    TensorParallel split(Part part, DitConfig config) {
        return TensorParallel.of(config, way(part) == Parallel.TENSOR ? ranks.size() : 1);
    }

    /** Ranks that run one branch of the base model's guidance each. */
    Comm branches() {
        return base == Parallel.GUIDANCE ? ranks : Comm.single();
    }

    private Parallel way(Part part) {
        return part == Part.REFINER ? refiner : base;
    }

    /** The first rank's {@code tensor} on every rank. */
    Tensor same(Tensor tensor) {
        ranks.broadcast(tensor, 0);
        return tensor;
    }

    /** The same of a latent with its features. */
    Encoded same(Encoded encoded) {
        same(encoded.latent());
        encoded.features().byStage().values().forEach(this::same);
        return encoded;
    }

    boolean isFirst() {
        return ranks.rank() == 0;
    }
}
