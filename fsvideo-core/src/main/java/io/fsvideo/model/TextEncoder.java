package io.fsvideo.model;

import io.fsvideo.nn.Linear;
import io.fsvideo.nn.RelativePositions;
import io.fsvideo.nn.RmsNorm;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Blocks;
import io.fsvideo.weights.Weights;
import java.util.Arrays;

/**
 * umT5 encoder: token ids to text features. Attention has no scale and a learned bias by relative position in every layer.
 *
 * <p>Source: Wan2.1 wan/modules/t5.py @9737cba.
 *
 * @since 0.1
 */
public final class TextEncoder {
    private final TextEncoderConfig config;
    private final Tensor tokenEmbedding;
    private final Blocks<Block> blocks;
    private final RmsNorm norm;

    /** Reads the parameters. */
    public TextEncoder(Weights w, TextEncoderConfig config) {
        this.config = config;
        tokenEmbedding = w.at("token_embedding").table("weight", config.vocabSize(), config.dim());
        blocks = Blocks.load(w, config.numLayers(), (root, i) -> new Block(root.at("blocks", i), config, "block" + i));
        norm = RmsNorm.of(w.at("norm"), config.dim(), config.eps());
    }

    /** Returns its sizes. */
    public TextEncoderConfig config() {
        return config;
    }

    /**
     * One text without padding.
     *
     * @param ids 1 .. textLen token ids, the end token included
     * @return {@code [ids, dim]}
     */
    public Tensor encode(Arena a, int[] ids) {
        return forward(a, new int[][] {ids}, new int[] {ids.length}).reshape(ids.length, config.dim());
    }

    /**
     * Texts padded to one length. Padding is no key, but is encoded like any row.
     *
     * @param ids {@code [batch][rows]} token ids, 1 .. textLen rows
     * @param lengths true rows of each text, at least 1
     * @return {@code [batch, rows, dim]}
     */
    public Tensor forward(Arena a, int[][] ids, int[] lengths) {
        int rows = requireIds(ids, lengths);
        try (Arena t = a.child("text_encoder");
                HiddenStates states = new HiddenStates(t)) {
            Tensor tokens = ids(t, "ids", ids);
            Tensor buckets = ids(t, "buckets", buckets(rows));
            states.add(s -> s.embedding(tokens, tokenEmbedding));
            for (int i = 0; i < blocks.count(); i++) {
                int index = i;
                states.add(s -> blocks.with(index, block -> block.forward(s, states.last(), buckets, lengths)));
                states.retain(1);
            }
            return t.keep(norm.forward(t, states.last()));
        }
    }

    private int requireIds(int[][] ids, int[] lengths) {
        if (ids.length == 0 || lengths.length != ids.length) {
            throw new ShapeException("textEncoder: ids must have one length per text and at least one, got "
                    + ids.length + " texts and " + lengths.length + " lengths");
        }
        int rows = ids[0].length;
        for (int b = 0; b < ids.length; b++) {
            if (rows < 1 || rows > config.textLen() || ids[b].length != rows || lengths[b] < 1 || lengths[b] > rows) {
                throw new ShapeException("textEncoder: ids must be 1.." + config.textLen()
                        + " per text, all texts padded to the same number, got text " + b + " with " + ids[b].length
                        + " ids of length "
                        + lengths[b]);
            }
            for (int id : ids[b]) {
                if (id < 0 || id >= config.vocabSize()) {
                    throw new ShapeException("textEncoder: ids must be within 0.." + (config.vocabSize() - 1) + ", got "
                            + id + " in text " + b + "; the tokenizer must belong to the model");
                }
            }
        }
        return rows;
    }

    private static Tensor ids(Arena a, String name, int[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = rows[i / rows[0].length][i % rows[0].length];
        }
        return a.of(name, DType.I32, flat, rows.length, rows[0].length);
    }

    private int[][] buckets(int rows) {
        RelativePositions positions = new RelativePositions(config.numBuckets(), config.maxDistance());
        int[][] buckets = new int[rows][rows];
        for (int query = 0; query < rows; query++) {
            int from = query;
            Arrays.setAll(buckets[query], key -> positions.bucket(key - from));
        }
        return buckets;
    }

    private static final class Block {
        private final String tap;
        private final long heads;
        private final RmsNorm norm1;
        private final Linear q;
        private final Linear k;
        private final Linear v;
        private final Linear o;
        private final Tensor positionBias;
        private final RmsNorm norm2;
        private final Linear gate;
        private final Linear fc1;
        private final Linear fc2;

        Block(Weights w, TextEncoderConfig c, String tap) {
            this.tap = tap;
            heads = c.numHeads();
            norm1 = RmsNorm.of(w.at("norm1"), c.dim(), c.eps());
            q = Linear.withoutBias(w.at("attn", "q"), c.dim(), c.dimAttn());
            k = Linear.withoutBias(w.at("attn", "k"), c.dim(), c.dimAttn());
            v = Linear.withoutBias(w.at("attn", "v"), c.dim(), c.dimAttn());
            o = Linear.withoutBias(w.at("attn", "o"), c.dimAttn(), c.dim());
            positionBias = w.at("pos_embedding", "embedding").tensor("weight", c.numBuckets(), c.numHeads());
            norm2 = RmsNorm.of(w.at("norm2"), c.dim(), c.eps());
            gate = Linear.withoutBias(w.at("ffn", "gate", 0), c.dim(), c.dimFfn());
            fc1 = Linear.withoutBias(w.at("ffn", "fc1"), c.dim(), c.dimFfn());
            fc2 = Linear.withoutBias(w.at("ffn", "fc2"), c.dimFfn(), c.dim());
        }

        Tensor forward(Arena a, Tensor x, Tensor buckets, int[] lengths) {
            try (Arena t = a.child("block")) {
                Tensor y = t.add(x, attention(t, norm1.forward(t, x), buckets, lengths));
                return t.keep(t.tap(tap, t.add(y, feedForward(t, norm2.forward(t, y)))));
            }
        }

        private Tensor attention(Arena a, Tensor h, Tensor buckets, int[] lengths) {
            try (Arena t = a.child("attn")) {
                Tensor bias = t.permute(t.embedding(buckets, positionBias), 2, 0, 1); // [heads, queries, keys]
                Tensor y = t.attention(
                        heads(q.forward(t, h)), heads(k.forward(t, h)), heads(v.forward(t, h)), bias, lengths, 1);
                Tensor flat = y.reshape(h.dim(0), h.dim(1), y.dim(2) * y.dim(3));
                return t.keep(t.tap(tap + ".attn", o.forward(t, flat)));
            }
        }

        private Tensor feedForward(Arena a, Tensor h) {
            try (Arena t = a.child("ffn")) {
                Tensor gated = t.mul(fc1.forward(t, h), gate.forward(t, h, Activation.GELU_TANH));
                return t.keep(fc2.forward(t, gated));
            }
        }

        private Tensor heads(Tensor x) {
            return x.reshape(x.dim(0), x.dim(1), heads, x.dim(2) / heads);
        }
    }
}
