package io.fsvideo.pipeline;

import io.fsvideo.Parallel;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.DitRanks;
import io.fsvideo.tensor.DType;
import java.util.List;

/**
 * The work of a {@link io.fsvideo.model.Dit}.
 *
 * @param part which part of the model it is
 * @param isGuidable whether a request can give it a second branch of guidance
 * @param config its sizes
 * @param frames latent frames of one sample
 * @param height rows of a latent frame
 * @param width columns of a latent frame
 * @param branches of guidance, 1 or 2
 * @param steps of the solver
 * @param imageRows keys of the image branch, 0 without one
 * @since 0.1
 */
public record DitWork(
        Part part,
        boolean isGuidable,
        DitConfig config,
        int frames,
        int height,
        int width,
        int branches,
        int steps,
        int imageRows)
        implements TransformerWork {
    /** Reads and writes of {@code [tokens, dim]} in the model's dtype per block, beside products and layer memory, unfused. */
    private static final int PASSES = 36;

    private static final long BYTES = DType.BF16.bytes();

    /** Returns the work of another number of branches and steps. */
    public DitWork with(int otherBranches, int otherSteps) {
        return new DitWork(part, isGuidable, config, frames, height, width, otherBranches, otherSteps, imageRows);
    }

    /** Returns the work of a transformer of other sizes on the same latents. */
    public DitWork with(DitConfig other) {
        return new DitWork(part, isGuidable, other, frames, height, width, branches, steps, imageRows);
    }

    /** Returns the tokens of one sample. */
    public long tokens() {
        return (long) frames * height * width / config.patchVolume();
    }

    @Override
    public boolean canShare(Parallel way, int ranks) {
        return switch (way) {
            case TENSOR -> DitRanks.canSplitColumns(config, ranks);
            case SEQUENCE -> DitRanks.canSplitTokens(config, ranks);
            case GUIDANCE -> ranks == 2 && branches == 2;
            case AUTO -> false;
        };
    }

    @Override
    public String limits() {
        return config.numHeads() + " heads";
    }

    @Override
    public double splitFlops() {
        double d = config.dim();
        double linear = 2 * rows() * d * (6 * d + 2.0 * config.ffnDim());
        double attention = 4 * rows() * d * (tokens() + config.textLen() + imageRows);
        return config.numLayers() * (linear + attention);
    }

    /** {@inheritDoc} They are those of the routers, the patch embedding and the head. */
    @Override
    public double wholeFlops() {
        double d = config.dim();
        return 2 * rows() * d * (states() + (double) config.patchVolume() * (config.inDim() + config.outDim()));
    }

    @Override
    public double memoryBytes() {
        double map = rows() * config.dim();
        return map * (config.numLayers() * PASSES * (double) BYTES + states() * DType.F32.bytes());
    }

    /** States that all routers together read. */
    private double states() {
        boolean hasRouter = !config.layerMemory().equals("none");
        return hasRouter ? config.numLayers() * (config.numLayers() + 1) / 2.0 : 0;
    }

    @Override
    public double mapBytes() {
        return rows() * config.dim() * BYTES;
    }

    @Override
    public double predictionBytes() {
        return rows() * config.patchVolume() * config.outDim() * DType.F32.bytes();
    }

    @Override
    public double rows() {
        return (double) tokens() * branches;
    }

    @Override
    public int layers() {
        return config.numLayers();
    }

    /** {@inheritDoc} They are the output projections of both attentions and of the MLP. */
    @Override
    public List<Double> summedProducts() {
        double square = rows() * config.dim() * config.dim();
        return List.of(square, square, rows() * config.ffnDim() * config.dim());
    }
}
