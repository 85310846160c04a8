package io.fsvideo.model;

import io.fsvideo.nn.LayerNorm;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIP's vision transformer as Wan2.1 uses it: the hidden states before the last layer, without final norm and projection.
 *
 * <p>Source: Wan2.1 wan/modules/clip.py @9737cba.
 *
 * @since 0.1
 */
public final class ImageEncoder {
    private final ImageEncoderConfig config;
    private final DType dtype;
    private final Linear patchEmbedding;
    private final Tensor classToken;
    private final Tensor positions;
    private final LayerNorm preNorm;
    private final List<Block> blocks = new ArrayList<>();

    /** Reads the parameters; a checkpoint's last layer, final norm, projection and text tower are left alone. */
    public ImageEncoder(Weights root, ImageEncoderConfig config) {
        this.config = config;
        this.dtype = root.dtype();
        Weights w = root.at("visual");
        long dim = config.visionDim();
        patchEmbedding = new Linear(
                w.at("patch_embedding").linear("weight", dim, 3, config.patchSize(), config.patchSize()), null);
        classToken = w.tensor("cls_embedding", 1, 1, dim);
        positions = w.tensor("pos_embedding", 1, config.tokens(), dim);
        preNorm = LayerNorm.of(w.at("pre_norm"), dim, config.eps());
        for (int i = 0; i < config.visionLayers() - 1; i++) {
            blocks.add(new Block(w.at("transformer", i), config, "block" + i));
        }
        w.ignore("transformer." + (config.visionLayers() - 1) + ".");
        w.ignore("post_norm.");
        w.ignore("head");
        root.ignore("textual.");
        root.ignore("log_scale");
    }

    /** Returns its sizes. */
    public ImageEncoderConfig config() {
        return config;
    }

    /**
     * The pixels the network sees: resized without regard to the aspect ratio, bicubic without antialiasing and clamping, then
     * normalised.
     *
     * @param image {@code [batch, height, width, 3]} in -1 .. 1, F32
     * @return {@code [batch, imageSize, imageSize, 3]} F32
     */
    public Tensor pixels(Arena a, Tensor image) {
        if (image.rank() != 4 || image.dim(3) != 3 || image.dtype() != DType.F32) {
            throw new ShapeException("imageEncoder: image must be [batch, height, width, 3] F32, got " + image);
        }
        try (Arena t = a.child("pixels")) {
            Tensor clip = image.reshape(image.dim(0), 1, image.dim(1), image.dim(2), 3);
            Tensor resized = t.resize(clip, config.imageSize(), config.imageSize(), Resampling.BICUBIC);
            float[] scale = new float[3];
            float[] offset = new float[3];
            for (int c = 0; c < 3; c++) {
                scale[c] = (float) (0.5 / config.std().get(c));
                offset[c] = (float) ((0.5 - config.mean().get(c)) / config.std().get(c));
            }
            Tensor scaled = t.mul(resized, t.of("scale", scale, 1, 1, 1, 1, 3));
            return t.keep(t.add(scaled, t.of("offset", offset, 1, 1, 1, 1, 3)))
                    .reshape(image.dim(0), config.imageSize(), config.imageSize(), 3);
        }
    }

    /**
     * Features of an image.
     *
     * @param image {@code [batch, height, width, 3]} in -1 .. 1, F32, at its original size
     * @return {@code [batch, tokens, visionDim]}, class token first
     */
    public Tensor forward(Arena a, Tensor image) {
        try (Arena t = a.child("image_encoder");
                HiddenStates states = new HiddenStates(t)) {
            states.add(s -> embed(s, image));
            for (Block block : blocks) {
                states.add(s -> block.forward(s, states.last()));
                states.retain(1);
            }
            return t.keep(states.release());
        }
    }

    private Tensor embed(Arena a, Tensor image) {
        try (Arena t = a.child("patches")) {
            Tensor pixels = t.tap("pixels", pixels(t, image));
            long batch = pixels.dim(0);
            Tensor clip = pixels.reshape(batch, 1, config.imageSize(), config.imageSize(), 3);
            Tensor patches = t.cast(t.pixelUnshuffle3d(clip, 1, config.patchSize()), dtype);
            Tensor rows = t.cast(patchEmbedding.forward(t, patches), DType.F32)
                    .reshape(batch, config.tokens() - 1L, config.visionDim());
            Tensor first = t.add(t.fill(DType.F32, 0, batch, 1, config.visionDim()), classToken);
            Tensor x = preNorm.forward(t, t.add(t.concat(1, List.of(first, rows)), positions));
            return t.keep(t.cast(t.tap("pre_norm", x), dtype));
        }
    }

    private static final class Block {
        private final String tap;
        private final int heads;
        private final LayerNorm norm1;
        private final Linear qkv;
        private final Linear proj;
        private final LayerNorm norm2;
        private final Linear up;
        private final Linear down;

        Block(Weights w, ImageEncoderConfig c, String tap) {
            this.tap = tap;
            long dim = c.visionDim();
            heads = c.visionHeads();
            norm1 = LayerNorm.of(w.at("norm1"), dim, c.eps());
            qkv = Linear.of(w.at("attn", "to_qkv"), dim, 3 * dim);
            proj = Linear.of(w.at("attn", "proj"), dim, dim);
            norm2 = LayerNorm.of(w.at("norm2"), dim, c.eps());
            up = Linear.of(w.at("mlp", 0), dim, dim * c.visionMlpRatio());
            down = Linear.of(w.at("mlp", 2), dim * c.visionMlpRatio(), dim);
        }

        Tensor forward(Arena a, Tensor x) {
            try (Arena t = a.child("block")) {
                Tensor y = t.add(x, attention(t, norm1.forward(t, x)));
                Tensor h = down.forward(t, up.forward(t, norm2.forward(t, y), Activation.GELU_ERF));
                return t.keep(t.tap(tap, t.add(y, h)));
            }
        }

        private Tensor attention(Arena a, Tensor h) {
            try (Arena t = a.child("attn")) {
                Tensor rows = qkv.forward(t, h);
                long dim = h.dim(2);
                float scale = (float) (1 / Math.sqrt((double) dim / heads));
                Tensor y = t.attention(
                        part(t, rows, 0, dim), part(t, rows, 1, dim), part(t, rows, 2, dim), null, null, scale);
                return t.keep(t.tap(tap + ".attn", proj.forward(t, y.reshape(h.dim(0), h.dim(1), dim))));
            }
        }

        private Tensor part(Arena t, Tensor rows, int index, long dim) {
            return t.slice(rows, 2, index * dim, (index + 1) * dim)
                    .reshape(rows.dim(0), rows.dim(1), heads, dim / heads);
        }
    }
}
