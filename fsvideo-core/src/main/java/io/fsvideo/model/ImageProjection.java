package io.fsvideo.model;

import io.fsvideo.nn.LayerNorm;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** Image rows to the transformer's width: norm, MLP, norm. Unlike the blocks' norms, these have an eps of 1e-5 and the MLP an exact GELU. */
record ImageProjection(Tensor positions, LayerNorm in, Linear up, Linear down, LayerNorm out) {
    private static final float EPS = 1e-5f;

    /** Reads {@code proj.*} and, when the model has them, {@code emb_pos}. */
    static ImageProjection of(Weights imgEmb, DitConfig c) {
        Weights w = imgEmb.at("proj");
        return new ImageProjection(
                c.imageRows() > 0 ? imgEmb.tensor("emb_pos", 1, c.imageRows(), c.clipDim()) : null,
                LayerNorm.of(w.at(0), c.clipDim(), EPS),
                Linear.of(w.at(1), c.clipDim(), c.clipDim()),
                Linear.of(w.at(3), c.clipDim(), c.dim()),
                LayerNorm.of(w.at(4), c.dim(), EPS));
    }

    /** {@code [batch, imageTokens, clipDim] -> [batch, imageTokens, dim]}. */
    Tensor forward(Arena a, Tensor rows) {
        try (Arena t = a.child("image_projection")) {
            Tensor placed = positions == null ? rows : t.add(rows, t.cast(positions, rows.dtype()));
            Tensor hidden = up.forward(t, in.forward(t, placed), Activation.GELU_ERF);
            return t.keep(out.forward(t, down.forward(t, hidden)));
        }
    }
}
