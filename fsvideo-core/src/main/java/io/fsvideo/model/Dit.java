package io.fsvideo.model;

import io.fsvideo.nn.Linear;
import io.fsvideo.nn.Rope;
import io.fsvideo.nn.TimeEmbedding;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Blocks;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Diffusion transformer: predicts the velocity of a noisy latent from its time, a text and, if it has an image branch, an image.
 * Wan2.1's network with layer memory; parameter names are Wan2.1's.
 *
 * <p>Source: Wan2.1 wan/modules/model.py @9737cba; layer memory: FSVideo report 2.3.1.
 *
 * @since 0.1
 */
public final class Dit implements Transformer {
    private final DitConfig config;
    private final DitRanks ranks;
    private final DType dtype;
    private final Linear patchEmbedding;
    private final Linear timeIn;
    private final Linear timeOut;
    private final Linear timeProjection;
    private final Linear textIn;
    private final Linear textOut;
    private final ImageProjection imageProjection;
    private final LayerMemory memory;
    private final Blocks<DitBlock> blocks;
    private final Tensor headModulation;
    private final Linear head;

    /** Reads the parameters; layer memory as the configuration names it. */
    public Dit(Weights w, DitConfig config) {
        this(w, config, LayerMemory.named(config.layerMemory()));
    }

    /** Reads the parameters; layer memory of the caller's own. */
    public Dit(Weights w, DitConfig config, LayerMemory.Variant variant) {
        this(w, config, variant, DitRanks.alone());
    }

    /** Reads this rank's parameters ({@link TensorParallel#source}); layer memory as the configuration names it. */
    public Dit(Weights w, DitConfig config, DitRanks ranks) {
        this(w, config, LayerMemory.named(config.layerMemory()), ranks);
    }

    /**
     * Reads this rank's parameters; layer memory of the caller's own, which every rank has whole.
     *
     * @throws ConfigException naming the legal numbers of ranks, when the model cannot be shared so
     */
    public Dit(Weights w, DitConfig config, LayerMemory.Variant variant, DitRanks ranks) {
        ranks.requireFit(config);
        this.config = config;
        this.ranks = ranks;
        this.dtype = w.dtype();
        int dim = config.dim();
        // Time and head stay in F32 whatever the model's dtype, as in Wan2.1.
        Weights exact = w.as(DType.F32);
        patchEmbedding = new Linear(
                w.linear(
                        "patch_embedding.weight",
                        dim,
                        config.inDim(),
                        config.patchFrames(),
                        config.patchHeight(),
                        config.patchWidth()),
                w.tensor("patch_embedding.bias", dim));
        timeIn = Linear.of(exact.at("time_embedding", 0), config.freqDim(), dim);
        timeOut = Linear.of(exact.at("time_embedding", 2), dim, dim);
        timeProjection = Linear.of(exact.at("time_projection", 1), dim, 6L * dim);
        textIn = Linear.of(w.at("text_embedding", 0), config.textDim(), dim);
        textOut = Linear.of(w.at("text_embedding", 2), dim, dim);
        imageProjection = config.clipDim() > 0 ? ImageProjection.of(w.at("img_emb"), config) : null;
        memory = variant.of(w, config);
        blocks = Blocks.load(w, config.numLayers(), (root, i) -> block(root, i + 1));
        headModulation = w.tensor("head.modulation", 1, 2, dim);
        head = Linear.of(exact.at("head", "head"), dim, (long) config.patchVolume() * config.outDim());
    }

    private DitBlock block(Weights w, int layer) {
        int reach = memory.reach(layer);
        if (reach < 1 || reach > layer) {
            throw new ConfigException(
                    "layer memory: reach of layer " + layer + " must be within 1.." + layer + ", got " + reach);
        }
        return new DitBlock(w, config, layer, memory, ranks.columns());
    }

    /** Text and image of one request: keys and values of every block, computed once and used at every step. */
    public final class Context implements Prepared {
        private final Arena arena;
        private final int batch;
        private final List<DitBlock.Condition> conditions = new ArrayList<>();
        private final Map<List<Integer>, Tensor> ropes = new HashMap<>();

        private Context(Arena arena, int batch) {
            this.arena = arena;
            this.batch = batch;
        }

        private Tensor rope(PatchGrid g, int tokens) {
            return ropes.computeIfAbsent(
                    List.of(g.frames(), g.height(), g.width(), tokens),
                    key -> Rope.table(arena, config.headDim(), g.frames(), g.height(), g.width(), tokens));
        }

        @Override
        public Tensor forward(Arena a, Tensor x, Tensor times, Shortcut shortcut) {
            return Dit.this.forward(a, x, times, this, shortcut);
        }
    }

    @Override
    public boolean isShared() {
        return ranks.columns().size() > 1 || ranks.tokens().size() > 1;
    }

    /** Returns its sizes. */
    public DitConfig config() {
        return config;
    }

    @Override
    public int outDim() {
        return config.outDim();
    }

    @Override
    public int freqDim() {
        return config.freqDim();
    }

    /**
     * Keys and values of the conditions, in {@code a}, which must stay open as long as the context is used.
     *
     * @param texts one per batch entry, un-padded, each {@code [rows, textDim]} with at most textLen rows
     * @param image {@code [batch, imageTokens, clipDim]}, or batch 1 to be shared by all entries; null without an image branch
     */
    @Override
    public Context prepare(Arena a, List<Tensor> texts, Tensor image) {
        if ((image == null) != (imageProjection == null)) {
            throw new ShapeException("dit: image must be " + (image == null ? "given" : "null") + " for clip_dim "
                    + config.clipDim() + ", got " + image);
        }
        if (config.imageRows() > 0 && image.dim(1) != config.imageRows()) {
            throw new ShapeException("dit: image must have " + config.imageRows() + " rows, got " + image);
        }
        if (texts.isEmpty() || image != null && image.dim(0) != 1 && image.dim(0) != texts.size()) {
            throw new ShapeException(
                    "dit: image must have 1 or " + texts.size() + " batch entries, one per text and at least one, got "
                            + image + " for " + texts.size() + " texts");
        }
        Context context = new Context(a, texts.size());
        try (Arena t = a.child("prepare")) {
            Tensor text = embedText(t, texts);
            Tensor rows = image == null ? null : embedImage(t, image);
            for (int i = 0; i < blocks.count(); i++) {
                context.conditions.add(blocks.with(i, block -> block.condition(a, text, rows)));
            }
        }
        return context;
    }

    /** Texts padded with zero rows before the embedding; the padding is attended like any other row. */
    private Tensor embedText(Arena a, List<Tensor> texts) {
        try (Arena t = a.child("text_embedding")) {
            List<Tensor> padded = new ArrayList<>();
            for (Tensor text : texts) {
                if (text.rank() != 2 || text.dim(1) != config.textDim() || text.dim(0) > config.textLen()) {
                    throw new ShapeException(
                            "dit: text must be [0.." + config.textLen() + ", " + config.textDim() + "], got " + text);
                }
                Tensor zeros = t.fill(dtype, 0, config.textLen() - text.dim(0), config.textDim());
                padded.add(t.concat(0, List.of(t.cast(text, dtype), zeros)));
            }
            Tensor rows = t.concat(0, padded).reshape(texts.size(), config.textLen(), config.textDim());
            Tensor embedded = textOut.forward(t, textIn.forward(t, rows, Activation.GELU_TANH));
            return t.keep(t.tap("text_embedding", embedded));
        }
    }

    private Tensor embedImage(Arena a, Tensor image) {
        try (Arena t = a.child("img_emb")) {
            return t.keep(t.tap("img_emb", imageProjection.forward(t, t.cast(image, dtype))));
        }
    }

    @Override
    public float[] timeFeatures(float[] times) {
        return TimeEmbedding.sinusoid(times, config.freqDim());
    }

    private Tensor timeFeatures(Arena a, float[] times) {
        return a.of("time", timeFeatures(times), times.length, config.freqDim());
    }

    @Override
    public boolean isStreamed() {
        return blocks.areStreamed();
    }

    /**
     * Does what {@link #forward(Arena, Tensor, Tensor, Context, Shortcut)} does, with one diffusion time per batch
     * entry, 0 .. 1000.
     */
    public Tensor forward(Arena a, Tensor x, float[] times, Context context) {
        try (Arena t = a.child("dit")) {
            return t.keep(forward(t, x, timeFeatures(t, times), context, Shortcut.NONE));
        }
    }

    /**
     * The velocity {@code noise - data}.
     *
     * @param x {@code [batch, frames, height, width, inDim]}; frames, height and width are multiples of the patch
     * @param times {@code [batch, freqDim]} F32, from {@link #timeFeatures(float[])}
     * @param shortcut around the blocks
     * @return {@code [batch, frames, height, width, outDim]} F32
     */
    public Tensor forward(Arena a, Tensor x, Tensor times, Context context, Shortcut shortcut) {
        PatchGrid grid = PatchGrid.of(config, x);
        requireBatch(x.dim(0), times.dim(0), context);
        try (Arena t = a.child("dit")) {
            Tensor rope = context.rope(grid, grid.tokens());
            Tensor y = blocks(t, s -> embedPatches(s, x, grid), rope, null, times, context, shortcut);
            return t.keep(grid.positions(t, y));
        }
    }

    /**
     * Does what {@link #forward(Arena, Tensor, float[], Context)} does for samples of different sizes in one batch.
     *
     * @param samples each {@code [1, frames, height, width, inDim]}
     * @param seqLen tokens every sample is padded to
     * @return each {@code [1, frames, height, width, outDim]} F32
     */
    public List<Tensor> forward(Arena a, List<Tensor> samples, int seqLen, float[] times, Context context) {
        requireBatch(samples.size(), times.length, context);
        List<PatchGrid> grids =
                samples.stream().map(sample -> PatchGrid.of(config, sample)).toList();
        int[] lengths = grids.stream().mapToInt(PatchGrid::tokens).toArray();
        if (Arrays.stream(lengths).max().orElse(0) > seqLen || samples.stream().anyMatch(x -> x.dim(0) != 1)) {
            throw new ShapeException("dit: samples must have batch 1 and at most seqLen = " + seqLen + " tokens, got "
                    + samples + " of " + Arrays.toString(lengths) + " tokens");
        }
        try (Arena t = a.child("dit")) {
            List<Tensor> ropes =
                    grids.stream().map(grid -> context.rope(grid, seqLen)).toList();
            Tensor y = blocks(
                    t,
                    s -> embedPadded(s, samples, grids, seqLen),
                    t.concat(0, ropes),
                    lengths,
                    timeFeatures(t, times),
                    context,
                    Shortcut.NONE);
            List<Tensor> results = new ArrayList<>();
            for (int i = 0; i < samples.size(); i++) {
                Tensor own = t.slice(t.slice(y, 0, i, i + 1), 1, 0, lengths[i]);
                results.add(t.keep(grids.get(i).positions(t, own)));
            }
            return results;
        }
    }

    private void requireBatch(long batch, long times, Context context) {
        if (batch != times || batch != context.batch) {
            throw new ShapeException("dit: times and context must have one entry per sample, got " + batch
                    + " samples, " + times + " times and " + context.batch + " texts");
        }
    }

    /** Patches as a linear map of their values: {@code [batch, tokens, dim]} F32. */
    private Tensor embedPatches(Arena a, Tensor x, PatchGrid grid) {
        try (Arena t = a.child("patch_embedding")) {
            Tensor patches = t.cast(grid.patches(t, x), dtype);
            Tensor tokens = t.cast(patchEmbedding.forward(t, patches), DType.F32);
            t.tap(
                    "patch_embedding",
                    tokens.reshape(x.dim(0), grid.frames(), grid.height(), grid.width(), config.dim()));
            return t.keep(tokens);
        }
    }

    /** Padding is zeros after the embedding, without its bias. */
    private Tensor embedPadded(Arena a, List<Tensor> samples, List<PatchGrid> grids, int seqLen) {
        try (Arena t = a.child("padding")) {
            List<Tensor> rows = new ArrayList<>();
            for (int i = 0; i < samples.size(); i++) {
                Tensor zeros = t.fill(DType.F32, 0, 1, seqLen - grids.get(i).tokens(), config.dim());
                rows.add(t.concat(1, List.of(embedPatches(t, samples.get(i), grids.get(i)), zeros)));
            }
            return t.keep(t.concat(0, rows));
        }
    }

    /**
     * Runs tokens, embedded in the arena they are given, through to the head's output {@code [batch, tokens,
     * patchVolume outDim]}.
     */
    private Tensor blocks(
            Arena a,
            Function<Arena, Tensor> embed,
            Tensor rope,
            int[] lengths,
            Tensor times,
            Context context,
            Shortcut shortcut) {
        TokenShare share = new TokenShare(ranks, rope.dim(1));
        try (Arena t = a.child("blocks");
                HiddenStates states = new HiddenStates(t)) {
            Tensor time = embedTime(t, times);
            Tensor e0 = t.tap("time_projection", timeProjection.forward(t, t.activation(time, Activation.SILU)));
            Tensor modulation = e0.reshape(times.dim(0), 6, config.dim());
            DitBlock.Tokens tokens = new DitBlock.Tokens(share, share.own(t, rope), lengths);
            states.add(s -> ownTokens(s, share, embed));
            Tensor residual = shortcut.residual(modulation, states.last());
            if (residual == null) {
                run(states, modulation, tokens, context, shortcut);
                shortcut.ran(states.last());
            } else {
                states.add(s -> s.add(states.last(), residual));
            }
            return t.keep(share.all(t, head(t, states.last(), time)));
        }
    }

    private void run(
            HiddenStates states, Tensor modulation, DitBlock.Tokens tokens, Context context, Shortcut shortcut) {
        for (int layer = 1; layer <= blocks.count(); layer++) {
            int number = layer;
            DitBlock.Condition condition = context.conditions.get(layer - 1);
            List<Tensor> history = states.latest(memory.reach(layer));
            Tensor input = states.last();
            states.add(s -> {
                Tensor residual = shortcut.blockResidual(s, number, input);
                if (residual != null) {
                    return s.add(input, residual);
                }
                Tensor result =
                        blocks.with(number - 1, block -> block.forward(s, history, modulation, tokens, condition));
                shortcut.blockRan(number, input, result);
                return result;
            });
            states.retain(needed(layer));
        }
    }

    private static Tensor ownTokens(Arena a, TokenShare share, Function<Arena, Tensor> embed) {
        try (Arena t = a.child("tokens")) {
            return t.keep(share.own(t, embed.apply(t)));
        }
    }

    /** How many of the states X_0 .. X_layer a later block or the head still reads. */
    private int needed(int layer) {
        int oldest = layer;
        for (int later = layer + 1; later <= blocks.count(); later++) {
            oldest = Math.min(oldest, later - memory.reach(later));
        }
        return layer + 1 - oldest;
    }

    /**
     * Bytes of hidden states held for layer memory while the hungriest block runs, its own input included; 0 when no block reads
     * more than its own input.
     */
    public long historyBytes(long batch, long tokens) {
        int states = 1;
        for (int layer = 1; layer < blocks.count(); layer++) {
            states = Math.max(states, needed(layer));
        }
        return states == 1 ? 0 : states * batch * ranks.tokensOf(tokens) * config.dim() * DType.F32.bytes();
    }

    private Tensor embedTime(Arena a, Tensor times) {
        try (Arena t = a.child("time_embedding")) {
            Tensor e = timeOut.forward(t, timeIn.forward(t, times, Activation.SILU));
            return t.keep(t.tap("time_embedding", e));
        }
    }

    private Tensor head(Arena a, Tensor x, Tensor time) {
        try (Arena t = a.child("head")) {
            Tensor e = time.reshape(x.dim(0), 1, config.dim());
            Tensor both = t.add(t.concat(1, List.of(e, e)), headModulation);
            Tensor shift = t.slice(both, 1, 0, 1).reshape(x.dim(0), config.dim());
            Tensor scale = t.slice(both, 1, 1, 2).reshape(x.dim(0), config.dim());
            Tensor y = head.forward(t, t.modulatedNorm(x, shift, scale, config.eps()));
            return t.keep(t.tap("head", y));
        }
    }
}
