package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A sequence of tokens shared by ranks: as many rows on each, in their order; rows beyond the last token are padding, which nothing
 * attends and nobody sees. Self-attention alone needs all tokens: there each rank has all of them for some of the heads. Source:
 * DeepSpeed-Ulysses, arXiv 2309.14509.
 *
 * @param tokens of the whole sequence
 * @param rows of one rank
 */
record TokenShare(Comm ranks, long tokens, long rows) {
    TokenShare(DitRanks ranks, long tokens) {
        this(ranks.tokens(), tokens, ranks.tokensOf(tokens));
    }

    /** @throws ConfigException naming the legal numbers, when the heads cannot be dealt to so many ranks */
    static void requireFit(DitConfig config, int ranks) {
        if (!fits(config, ranks)) {
            List<Integer> legal = IntStream.rangeClosed(1, config.numHeads())
                    .filter(n -> fits(config, n))
                    .boxed()
                    .toList();
            throw new ConfigException("sequence parallel: ranks must be one of " + legal + ", which divide num_heads "
                    + config.numHeads() + ", got " + ranks);
        }
    }

    static boolean fits(DitConfig config, int ranks) {
        return config.numHeads() % ranks == 0;
    }

    private boolean isWhole() {
        return ranks.size() == 1;
    }

    /** This rank's rows of {@code x} {@code [batch, tokens, …]}. */
    Tensor own(Arena a, Tensor x) {
        if (isWhole()) {
            return x;
        }
        try (Arena t = a.child("own tokens")) {
            long from = rows * ranks.rank();
            long to = from + rows;
            Tensor present = t.slice(x, 1, Math.min(from, tokens), Math.min(to, tokens));
            long missing = rows - present.dim(1);
            return t.keep(missing == 0 ? present : t.concat(1, List.of(present, padding(t, x, missing))));
        }
    }

    private static Tensor padding(Arena t, Tensor x, long rows) {
        return t.fill(x.dtype(), 0, x.shape().with(1, rows).toArray());
    }

    /** Every rank's rows {@code [batch, rows, dim]} as {@code [batch, tokens, dim]}. */
    Tensor all(Arena a, Tensor own) {
        if (isWhole()) {
            return own;
        }
        try (Arena t = a.child("all tokens")) {
            Tensor gathered = t.alloc("all tokens", own.dtype(), own.shape().with(0, ranks.size() * own.dim(0)));
            ranks.allGather(gathered, own);
            Tensor inOrder = swapOuter(t, gathered.reshape(ranks.size(), own.dim(0), own.dim(1), own.dim(2)))
                    .reshape(own.dim(0), ranks.size() * own.dim(1), own.dim(2));
            return t.keep(rows * ranks.size() == tokens ? inOrder : t.slice(inOrder, 1, 0, tokens));
        }
    }

    /** {@code [a, b, …] -> [b, a, …]}. */
    private static Tensor swapOuter(Arena t, Tensor x) {
        if (x.dim(0) == 1 || x.dim(1) == 1) {
            long[] dims = x.shape().toArray();
            long first = dims[0];
            dims[0] = dims[1];
            dims[1] = first;
            return x.reshape(dims);
        }
        int[] axes = IntStream.range(0, x.rank()).toArray();
        axes[0] = 1;
        axes[1] = 0;
        return t.permute(x, axes);
    }

    /**
     * Self-attention of all tokens, for this rank's.
     *
     * @param q {@code [batch, rows, heads, headDim]}, as are {@code k} and {@code v}
     * @param keyLengths true tokens per batch entry, or null when all are
     * @return as {@code q}
     */
    Tensor attention(Arena a, Tensor q, Tensor k, Tensor v, int[] keyLengths, float scale) {
        if (isWhole()) {
            return a.attention(q, k, v, null, keyLengths, scale);
        }
        try (Arena t = a.child("shared attention")) {
            Tensor y = t.attention(toHeads(t, q), toHeads(t, k), toHeads(t, v), null, lengths(q, keyLengths), scale);
            return t.keep(toTokens(t, y));
        }
    }

    /** Padding is no key. */
    private int[] lengths(Tensor q, int[] keyLengths) {
        if (keyLengths != null || rows * ranks.size() == tokens) {
            return keyLengths;
        }
        int[] lengths = new int[Math.toIntExact(q.dim(0))];
        Arrays.fill(lengths, Math.toIntExact(tokens));
        return lengths;
    }

    /** Some tokens of all heads to all tokens of some heads: {@code [b, rows, heads, d] -> [b, ranks rows, heads / ranks, d]}. */
    private Tensor toHeads(Arena a, Tensor x) {
        try (Arena t = a.child("to heads")) {
            long heads = x.dim(2) / ranks.size();
            Tensor byRank = t.permute(x.reshape(x.dim(0), x.dim(1), ranks.size(), heads, x.dim(3)), 2, 0, 1, 3, 4);
            Tensor received = swapOuter(t, exchange(t, byRank));
            return t.keep(received).reshape(x.dim(0), ranks.size() * x.dim(1), heads, x.dim(3));
        }
    }

    /** The inverse of {@link #toHeads}. */
    private Tensor toTokens(Arena a, Tensor x) {
        try (Arena t = a.child("to tokens")) {
            long rows = x.dim(1) / ranks.size();
            Tensor byRank = swapOuter(t, x.reshape(x.dim(0), ranks.size(), rows, x.dim(2), x.dim(3)));
            Tensor received = t.permute(exchange(t, byRank), 1, 2, 0, 3, 4);
            return t.keep(received).reshape(x.dim(0), rows, ranks.size() * x.dim(2), x.dim(3));
        }
    }

    private Tensor exchange(Arena t, Tensor byRank) {
        Tensor received = t.alloc("exchanged", byRank.dtype(), byRank.shape());
        ranks.allToAll(received, byRank);
        return received;
    }
}
