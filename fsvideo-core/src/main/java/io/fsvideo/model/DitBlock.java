package io.fsvideo.model;

import io.fsvideo.nn.LayerNorm;
import io.fsvideo.nn.Linear;
import io.fsvideo.nn.ModulatedNorm;
import io.fsvideo.nn.RmsNorm;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.List;

/**
 * One transformer block: self-attention over layer memory, cross-attention to text and image, MLP. The residual stream is F32;
 * everything else is computed in the model's dtype. Ranks that share columns have some of the heads and MLP channels each. Source:
 * Wan2.1 wan/modules/model.py @9737cba.
 */
final class DitBlock {
    private static final int MODULATIONS = 6;

    private final String tap;
    private final DitConfig config;
    private final LayerMemory memory;
    private final int layer;
    private final DType dtype;
    private final float scale;
    private final Comm ranks;
    private final Tensor modulation;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final RmsNorm normQ;
    private final RmsNorm normK;
    private final LayerNorm norm3;
    private final Linear crossQ;
    private final RmsNorm crossNormQ;
    private final Linear crossO;
    private final Source text;
    private final Source image;
    private final Linear up;
    private final Linear down;

    /** What turns rows of a condition into keys and values. */
    private record Source(Linear k, RmsNorm normK, Linear v) {
        static Source of(Weights w, DitConfig c, String suffix, Comm ranks) {
            return new Source(
                    Linear.columns(w.at("k" + suffix), c.dim(), c.dim(), ranks),
                    RmsNorm.columns(w.at("norm_k" + suffix), c.dim(), c.eps(), ranks),
                    Linear.columns(w.at("v" + suffix), c.dim(), c.dim(), ranks));
        }
    }

    /** Keys and values, each {@code [batch, rows, heads, headDim]}. */
    record KeyValue(Tensor k, Tensor v) {}

    /** Keys and values of the conditions in this block; {@code image} is null without an image branch. */
    record Condition(KeyValue text, KeyValue image) {}

    private record Projections(Tensor q, KeyValue memory) {}

    /** Norms before self-attention and the MLP, and the gates behind them, {@code [batch, dim]} F32. */
    private record Modulation(ModulatedNorm norm, Tensor gate, ModulatedNorm ffnNorm, Tensor ffnGate) {}

    /** @param layer 1 .. layers */
    DitBlock(Weights root, DitConfig c, int layer, LayerMemory memory, Comm ranks) {
        Weights w = root.at("blocks", layer - 1);
        this.tap = "block" + (layer - 1);
        this.config = c;
        this.layer = layer;
        this.memory = memory;
        this.dtype = w.dtype();
        this.scale = (float) (1 / Math.sqrt(c.headDim()));
        this.ranks = ranks;
        modulation = w.tensor("modulation", 1, MODULATIONS, c.dim());
        Weights self = w.at("self_attn");
        q = Linear.columns(self.at("q"), c.dim(), c.dim(), ranks);
        k = Linear.columns(self.at("k"), c.dim(), c.dim(), ranks);
        v = Linear.columns(self.at("v"), c.dim(), c.dim(), ranks);
        o = Linear.rows(self.at("o"), c.dim(), c.dim(), ranks);
        normQ = RmsNorm.columns(self.at("norm_q"), c.dim(), c.eps(), ranks);
        normK = RmsNorm.columns(self.at("norm_k"), c.dim(), c.eps(), ranks);
        norm3 = LayerNorm.of(w.at("norm3"), c.dim(), c.eps());
        Weights cross = w.at("cross_attn");
        crossQ = Linear.columns(cross.at("q"), c.dim(), c.dim(), ranks);
        crossNormQ = RmsNorm.columns(cross.at("norm_q"), c.dim(), c.eps(), ranks);
        text = Source.of(cross, c, "", ranks);
        image = c.clipDim() > 0 ? Source.of(cross, c, "_img", ranks) : null;
        crossO = Linear.rows(cross.at("o"), c.dim(), c.dim(), ranks);
        up = Linear.columns(w.at("ffn", 0), c.dim(), c.ffnDim(), ranks);
        down = Linear.rows(w.at("ffn", 2), c.ffnDim(), c.dim(), ranks);
    }

    /** Keys and values of embedded text {@code [batch, textLen, dim]} and image {@code [batch or 1, imageTokens, dim]} or null. */
    Condition condition(Arena a, Tensor textRows, Tensor imageRows) {
        return new Condition(keyValue(a, text, textRows), imageRows == null ? null : keyValue(a, image, imageRows));
    }

    private KeyValue keyValue(Arena a, Source source, Tensor rows) {
        try (Arena t = a.child(tap + " condition")) {
            Tensor keys = source.normK().forward(t, source.k().forward(t, rows));
            return new KeyValue(heads(t.keep(keys)), heads(t.keep(source.v().forward(t, rows))));
        }
    }

    /**
     * Which tokens there are; the rows of all tensors are those of this rank.
     *
     * @param share among ranks
     * @param rope {@code [batch or 1, rows, headDim / 2, 2]}
     * @param lengths true tokens per batch entry, or null when all are
     */
    record Tokens(TokenShare share, Tensor rope, int[] lengths) {}

    /**
     * @param history latest hidden states, the block's input last, each {@code [batch, rows, dim]} F32
     * @param time {@code [batch, 6, dim]} F32
     * @return {@code [batch, rows, dim]} F32
     */
    Tensor forward(Arena a, List<Tensor> history, Tensor time, Tokens tokens, Condition condition) {
        try (Arena t = a.child("block")) {
            Modulation m = modulate(t, time);
            Tensor x = attend(t, history, m, tokens, condition);
            return t.keep(t.tap(tap, feedForward(t, x, m)));
        }
    }

    private Modulation modulate(Arena a, Tensor time) {
        try (Arena t = a.child("modulation")) {
            Tensor all = t.add(time, modulation);
            Tensor[] row = new Tensor[MODULATIONS];
            for (int i = 0; i < MODULATIONS; i++) {
                row[i] = t.keep(t.slice(all, 1, i, i + 1)).reshape(all.dim(0), all.dim(2));
            }
            return new Modulation(norm(row[0], row[1]), row[2], norm(row[3], row[4]), row[5]);
        }
    }

    private ModulatedNorm norm(Tensor shift, Tensor factor) {
        return new ModulatedNorm(shift, factor, config.eps(), dtype);
    }

    /** Both attentions with their residual sums. */
    private Tensor attend(Arena a, List<Tensor> history, Modulation m, Tokens tokens, Condition condition) {
        try (Arena t = a.child("attention")) {
            Tensor x = selfAttention(t, history, m, tokens);
            return t.keep(crossAttention(t, x, condition));
        }
    }

    private Tensor selfAttention(Arena a, List<Tensor> history, Modulation m, Tokens tokens) {
        try (Arena t = a.child("self_attn")) {
            Projections p = project(t, history, m.norm(), tokens.rope());
            Tensor y = tokens.share()
                    .attention(t, p.q(), p.memory().k(), p.memory().v(), tokens.lengths(), scale);
            return t.keep(addTo(t, history.get(history.size() - 1), m.gate(), ".self_attn", o, flat(y)));
        }
    }

    /** Queries from the block's input, keys and values from layer memory under the same norm and modulation. */
    private Projections project(Arena a, List<Tensor> history, ModulatedNorm norm, Tensor rope) {
        try (Arena t = a.child("project")) {
            Tensor h = t.tap(tap + ".self_attn_input", norm.forward(t, history.get(history.size() - 1)));
            Tensor source = memory.readNormed(t, layer, h, history, norm);
            return ranks.size() == 1 ? projections(t, h, source, rope) : sharedProjections(t, h, source, rope);
        }
    }

    private Projections projections(Arena t, Tensor h, Tensor source, Tensor rope) {
        return new Projections(
                t.keep(rotated(t, ".q_rope", q, normQ, h, rope)),
                new KeyValue(
                        t.keep(rotated(t, ".k_rope", k, normK, source, rope)), heads(t.keep(v.forward(t, source)))));
    }

    private Tensor rotated(Arena a, String name, Linear linear, RmsNorm norm, Tensor h, Tensor rope) {
        try (Arena t = a.child(name)) {
            return t.keep(t.tap(tap + name, norm.rotated(t, heads(linear.forward(t, h)), rope)));
        }
    }

    /** The same of this rank's heads; the norms of q and k span all heads, and their statistics are added over ranks in one go. */
    private Projections sharedProjections(Arena t, Tensor h, Tensor source, Tensor rope) {
        List<Tensor> normed =
                RmsNorm.together(t, List.of(normQ, normK), List.of(q.forward(t, h), k.forward(t, source)));
        Tensor queries = t.keep(t.rope(heads(normed.get(0)), rope));
        Tensor keys = t.keep(t.rope(heads(normed.get(1)), rope));
        return new Projections(queries, new KeyValue(keys, heads(t.keep(v.forward(t, source)))));
    }

    private Tensor crossAttention(Arena a, Tensor x, Condition condition) {
        try (Arena t = a.child("cross_attn")) {
            Tensor queries = crossQueries(t, x);
            Tensor y =
                    t.attention(queries, condition.text().k(), condition.text().v(), null, null, scale);
            if (condition.image() != null) {
                y = t.add(y, imageAttention(t, queries, condition.image()));
            }
            return t.keep(addTo(t, x, null, ".cross_attn", crossO, flat(y)));
        }
    }

    private Tensor crossQueries(Arena a, Tensor x) {
        try (Arena t = a.child("queries")) {
            Tensor h = t.tap(tap + ".norm3", norm3.forward(t, x, dtype));
            return heads(t.keep(crossNormQ.forward(t, crossQ.forward(t, h))));
        }
    }

    /** One image for a whole batch: its queries are folded into one batch entry, so that keys and values need no copies. */
    private Tensor imageAttention(Arena t, Tensor queries, KeyValue rows) {
        long batch = rows.k().dim(0);
        Tensor folded = queries.reshape(batch, queries.dim(0) / batch * queries.dim(1), queries.dim(2), queries.dim(3));
        return t.attention(folded, rows.k(), rows.v(), null, null, scale)
                .reshape(queries.shape().toArray());
    }

    private Tensor feedForward(Arena a, Tensor x, Modulation m) {
        try (Arena t = a.child("ffn")) {
            Tensor h = up.forward(t, m.ffnNorm().forward(t, x), Activation.GELU_TANH);
            return t.keep(addTo(t, x, m.ffnGate(), ".ffn", down, h));
        }
    }

    /** {@code x + gate linear(y)}; of a whole linear layer the own result exists only for a listener. */
    private Tensor addTo(Arena t, Tensor x, Tensor gate, String name, Linear linear, Tensor y) {
        if (ranks.size() > 1) {
            return t.gatedAdd(x, gate, t.tap(tap + name, linear.forward(t, y)));
        }
        if (t.isTapped(tap + name)) {
            t.tap(tap + name, linear.forward(t, y));
        }
        return linear.addTo(t, x, gate, y);
    }

    private Tensor flat(Tensor y) {
        return y.reshape(y.dim(0), y.dim(1), y.dim(2) * y.dim(3));
    }

    private Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), x.dim(2) / config.headDim(), config.headDim());
    }
}
