package io.fsvideo.pipeline;

import io.fsvideo.Parallel;
import io.fsvideo.model.DitRanks;
import io.fsvideo.model.Encoded;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import java.util.Map;

/**
 * How the ranks that make one video share its work. Transformers are split; encoders and the upsampler run on every rank, which costs no
 * time and needs no memory that the first rank would not need anyway, and the first rank's results are sent to the others, so that
 * machines of different kinds agree to the bit. A Lite decoder is shared, any other runs on the first rank.
 *
 * @param ranks this rank and the others
 * @param ways how they share each transformer, never {@link Parallel#AUTO}
 * @since 0.1
 */
public record Sharing(Comm ranks, Map<Part, Parallel> ways) {
    /** Copies the map. */
    public Sharing {
        ways = Map.copyOf(ways);
    }

    /** Returns that of one rank, which does everything. */
    public static Sharing alone() {
        return new Sharing(Comm.single(), Map.of());
    }

    /** Returns who has which part of a transformer. */
    public DitRanks dit(Part part) {
        if (ways.get(part) == Parallel.TENSOR) {
            return DitRanks.tensor(ranks);
        }
        return ways.get(part) == Parallel.SEQUENCE ? DitRanks.sequence(ranks) : DitRanks.alone();
    }

    /** Returns how many ranks split the columns of a part: 1 where each has all of them. */
    public int columnRanks(Part part) {
        return ways.get(part) == Parallel.TENSOR ? ranks.size() : 1;
    }

    /** Returns the ranks that run one branch of guidance of a transformer each; one rank where each runs all of them. */
    public Comm branches(Part part) {
        return ways.get(part) == Parallel.GUIDANCE ? ranks : Comm.single();
    }

    /** Sends the first rank's {@code tensor} to every rank. */
    public Tensor same(Tensor tensor) {
        ranks.broadcast(tensor, 0);
        return tensor;
    }

    /** Sends the first rank's latent and its features to every rank. */
    public Encoded same(Encoded encoded) {
        same(encoded.latent());
        encoded.features().byStage().values().forEach(this::same);
        return encoded;
    }

    /** Tells whether this is the rank that writes the video. */
    public boolean isFirst() {
        return ranks.rank() == 0;
    }
}
