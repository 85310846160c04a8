package io.fsvideo.model;

import io.fsvideo.tensor.Comm;

/**
 * How ranks share the work of a {@link Dit}; every one of them makes the same calls and gets the same results.
 *
 * @param columns ranks that share the columns: each has some heads and MLP channels and their parameters, as {@link TensorParallel} says
 * @param tokens ranks that share the tokens: each has all parameters
 * @since 0.1
 */
public record DitRanks(Comm columns, Comm tokens) {
    /** @throws ConfigException when both are shared */
    public DitRanks {
        if (columns.size() > 1 && tokens.size() > 1) {
            throw new ConfigException(
                    "dit: ranks must share columns or tokens, got both, " + columns.size() + " and " + tokens.size());
        }
    }

    /** One rank does everything. */
    public static DitRanks alone() {
        return new DitRanks(Comm.single(), Comm.single());
    }

    /** Tensor parallelism: heads and MLP channels are split. */
    public static DitRanks tensor(Comm ranks) {
        return new DitRanks(ranks, Comm.single());
    }

    /** Sequence parallelism: tokens are split, heads only within self-attention (DeepSpeed-Ulysses, arXiv 2309.14509). */
    public static DitRanks sequence(Comm ranks) {
        return new DitRanks(Comm.single(), ranks);
    }

    /** How many of {@code count} tokens one rank has, padding included. */
    long tokensOf(long count) {
        return (count + tokens.size() - 1) / tokens.size();
    }

    /** Whether a model of this configuration can be shared by {@link #tensor} ranks. */
    public static boolean canSplitColumns(DitConfig config, int ranks) {
        return TensorParallel.fits(config, ranks);
    }

    /** Whether a model of this configuration can be shared by {@link #sequence} ranks. */
    public static boolean canSplitTokens(DitConfig config, int ranks) {
        return TokenShare.fits(config, ranks);
    }

    /** @throws ConfigException naming the legal numbers of ranks, when this one cannot share a model of this configuration */
    void requireFit(DitConfig config) {
        TensorParallel.of(config, columns.size());
        TokenShare.requireFit(config, tokens.size());
    }
}
