package io.fsvideo.model;

import io.fsvideo.nn.LayerNorm;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;

/** Image rows to the transformer's width: norm, MLP, norm. Unlike the blocks' norms, these have an eps of 1e-5 and the MLP an exact GELU. */
record ImageProjection(LayerNorm in, Linear up, Linear down, LayerNorm out) {
    private static final float EPS = 1e-5f;

    static ImageProjection of(Weights w, DitConfig c) {
        return new ImageProjection(
                LayerNorm.of(w.at(0), c.clipDim(), EPS),
                Linear.of(w.at(1), c.clipDim(), c.clipDim()),
                Linear.of(w.at(3), c.clipDim(), c.dim()),
                LayerNorm.of(w.at(4), c.dim(), EPS));
    }

    /** {@code [batch, imageTokens, clipDim] -> [batch, imageTokens, dim]}. */
    Tensor forward(Arena a, Tensor rows) {
        try (Arena t = a.child("image_projection")) {
            Tensor hidden = up.forward(t, in.forward(t, rows), Activation.GELU_ERF);
            return t.keep(out.forward(t, down.forward(t, hidden)));
        }
    }
}
