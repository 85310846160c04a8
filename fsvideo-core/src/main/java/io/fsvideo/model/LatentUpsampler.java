package io.fsvideo.model;

import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Conv3d;
import io.fsvideo.nn.Flow;
import io.fsvideo.nn.Kernel;
import io.fsvideo.nn.PixelNorm;
import io.fsvideo.nn.TimeMode;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * Doubles the height and width of latents, FSVideo section 2.4. All convolutions pad with zeros in time as in space, so it sees whole
 * clips. Unlike LTX-Video's LatentUpsampler it uses pixel norm, whose statistics do not depend on the clip's size.
 *
 * @since 0.1
 */
public final class LatentUpsampler {
    private final LatentUpsamplerConfig config;
    private final DType dtype;
    private final PixelNorm norm;
    private final Conv3d projIn;
    private final List<Block> blocks = new ArrayList<>();
    private final Conv3d projOut;

    private record Block(Conv3d conv1, Conv3d conv2) {}

    /** Reads {@code proj_in}, {@code res_blocks} and {@code proj_out}. */
    public LatentUpsampler(Weights w, LatentUpsamplerConfig config) {
        this.config = config;
        this.dtype = w.dtype();
        this.norm = PixelNorm.plain(config.normEps());
        long latent = config.latentChannels();
        long mid = config.midChannels();
        this.projIn = conv(w.at("proj_in"), latent, 4 * mid);
        for (int i = 0; i < config.numBlocks(); i++) {
            Weights block = w.at("res_blocks", i);
            blocks.add(new Block(conv(block.at("conv1"), mid, mid), conv(block.at("conv2"), mid, mid)));
        }
        this.projOut = conv(w.at("proj_out"), mid, latent);
    }

    private static Conv3d conv(Weights w, long in, long out) {
        return Conv3d.of(w, Kernel.of(in, out, 3), TimeMode.zero());
    }

    /** The sizes it was made with. */
    public LatentUpsamplerConfig config() {
        return config;
    }

    /**
     * @param latent {@code [batch, frames, height, width, latentChannels]}
     * @return {@code [batch, frames, 2 height, 2 width, latentChannels]}
     */
    public Tensor forward(Arena a, Tensor latent) {
        if (latent.rank() != 5 || latent.dim(4) != config.latentChannels()) {
            throw new ShapeException("latentUpsampler: latent must be [batch, frames, height, width, "
                    + config.latentChannels() + "], got " + latent);
        }
        Chunk clip = Chunk.whole();
        try (Arena t = a.child("latentUpsampler");
                Flow x = new Flow(t, t.cast(latent, dtype))) {
            x.then("proj_in", (s, v) -> projIn.forward(s, v, clip));
            x.then("pixel_shuffle", (s, v) -> s.tap("pixel_shuffle", s.pixelShuffle3d(v, 1, 2)));
            for (int i = 0; i < blocks.size(); i++) {
                Block block = blocks.get(i);
                String name = "res_blocks." + i;
                x.then(name, (s, v) -> s.tap(name, forward(s, v, block, clip)));
            }
            x.then("proj_out", (s, v) -> projOut.forward(s, v, clip));
            return t.keep(x.finish());
        }
    }

    private Tensor forward(Arena a, Tensor x, Block block, Chunk clip) {
        try (Flow h = new Flow(a, x)) {
            return h.then("conv1", (s, v) -> block.conv1.forward(s, v, clip))
                    .then("norm1", norm::forward)
                    .then("silu1", (s, v) -> s.activation(v, Activation.SILU))
                    .then("conv2", (s, v) -> block.conv2.forward(s, v, clip))
                    .then("norm2", norm::forward)
                    .then("sum", (s, v) -> s.add(v, x))
                    .then("silu2", (s, v) -> s.activation(v, Activation.SILU))
                    .finish();
        }
    }
}
