package io.fsvideo.tensor;

/** Checked normalisations of an {@link Arena}; mathematics in {@link Ops}. */
public sealed interface NormOps permits Arena {
    Tensor alloc(String name, DType dtype, Shape shape);

    Ops ops();

    /** RMS norm over channels, the last axis; {@code weight}, {@code bias} {@code [channels]} F32 or null. */
    default Tensor pixelNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        Tensor out = result("pixelNorm", x, eps);
        Check.vector("pixelNorm", "weight", weight, x.dim(-1));
        Check.vector("pixelNorm", "bias", bias, x.dim(-1));
        ops().pixelNorm(out, x, weight, bias, eps);
        return out;
    }

    /** RMS norm over the last axis; {@code weight} {@code [dim]} F32. */
    default Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
        Check.vector("rmsNorm", "weight", weight, x.dim(-1));
        Tensor out = result("rmsNorm", x, eps);
        ops().rmsNorm(out, x, weight, eps);
        return out;
    }

    /** Layer norm over the last axis; {@code weight}, {@code bias} {@code [dim]} F32 or both null. */
    default Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
        Check.vector("layerNorm", "weight", weight, x.dim(-1));
        Check.vector("layerNorm", "bias", bias, x.dim(-1));
        if ((weight == null) != (bias == null)) {
            throw Check.fail(
                    "layerNorm", "weight and bias", "both given or both absent", weight == null ? bias : weight);
        }
        Tensor out = result("layerNorm", x, eps);
        ops().layerNorm(out, x, weight, bias, eps);
        return out;
    }

    /**
     * {@code layerNorm(x) (1 + scale) + shift}.
     *
     * @param x {@code [batch, tokens, dim]}
     * @param shift {@code [batch, dim]} F32, as is {@code scale}
     */
    default Tensor modulatedNorm(Tensor x, Tensor shift, Tensor scale, float eps) {
        Check.rank("modulatedNorm", "x", x, 3);
        perBatch("modulatedNorm", "shift", shift, x);
        perBatch("modulatedNorm", "scale", scale, x);
        Tensor out = result("modulatedNorm", x, eps);
        ops().modulatedNorm(out, x, shift, scale, eps);
        return out;
    }

    /** {@code x + gate y}; {@code x}, {@code y} {@code [batch, tokens, dim]}, {@code gate} {@code [batch, dim]} F32. */
    default Tensor gatedAdd(Tensor x, Tensor gate, Tensor y) {
        Check.compute("gatedAdd", "x", x);
        Check.compute("gatedAdd", "y", y);
        Check.rank("gatedAdd", "x", x, 3);
        Check.shape("gatedAdd", "y", y, x.shape().toArray());
        Check.dtype("gatedAdd", "y", y, x.dtype());
        perBatch("gatedAdd", "gate", gate, x);
        Tensor out = alloc("gatedAdd", x.dtype(), x.shape());
        ops().gatedAdd(out, x, gate, y);
        return out;
    }

    private Tensor result(String op, Tensor x, float eps) {
        Check.compute(op, "x", x);
        Check.positive(op, "eps", eps);
        return alloc(op, x.dtype(), x.shape());
    }

    private static void perBatch(String op, String argument, Tensor value, Tensor x) {
        Check.plain(op, argument, value);
        Check.shape(op, argument, value, x.dim(0), x.dim(2));
        Check.dtype(op, argument, value, DType.F32);
    }
}
