package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Launches of the kernels that take rows along the last axis: norms, rope, layer memory's mix, residual sums and softmax. Each method
 * launches the {@code .cu} of its name with a block for each row or token; a thread takes eight values at a time.
 */
final class RowKernels {
    /** Widest row that {@code quantize_rows.cu} holds. */
    static final long WIDEST_QUANTIZED = 16384;

    private static final int WARP = 32;
    private static final int VALUES = 8;
    private static final int BLOCK = 256;
    private static final int SOFTMAX_BLOCK = 512;
    private static final int MOST_STATES = 64;
    private static final int PIXEL_VALUES = 32;
    private static final int QUANTIZED_VALUES = 32;

    private final Kernels.Typed pixelNorm;
    private final Kernels.Typed rmsNorm;
    private final Kernels.Typed sumOfSquares;
    private final Kernels.Typed rmsScale;
    private final Kernels.Narrowing layerNorm;
    private final Kernels.Narrowing modulatedNorm;
    private final Kernels.Typed rope;
    private final Kernels.Typed qkNormRope;
    private final Kernels.Typed layerMix;
    private final Kernels.Narrowing layerMixNorm;
    private final Kernels.Narrowing gatedAdd;
    private final Kernels.Typed gluSilu;
    private final Kernels.Typed softmax;
    private final Kernels.Typed biasActivation;
    private final Kernels.Typed quantizeRows;

    RowKernels(Kernels kernels) {
        pixelNorm = kernels.typed("pixel_norm");
        rmsNorm = kernels.typed("rms_norm");
        sumOfSquares = kernels.typed("sum_of_squares");
        rmsScale = kernels.typed("rms_scale");
        layerNorm = kernels.narrowing("layer_norm");
        modulatedNorm = kernels.narrowing("modulated_norm");
        rope = kernels.typed("rope");
        qkNormRope = kernels.typed("qk_norm_rope");
        layerMix = kernels.typed("layer_mix");
        layerMixNorm = kernels.narrowing("layer_mix_norm");
        gatedAdd = kernels.narrowing("gated_add");
        gluSilu = kernels.typed("glu_silu");
        softmax = kernels.typed("softmax");
        biasActivation = kernels.typed("bias_activation");
        quantizeRows = kernels.typed("quantize_rows");
    }

    /** Threads for a row of {@code dim} values: whole warps, no more than take it all at once, at most {@code most}. */
    private static int threads(long dim, int most) {
        long threads = (dim + VALUES - 1) / VALUES;
        return (int) Math.min(most, (threads + WARP - 1) / WARP * WARP);
    }

    private static Launch rows(Launch kernel, Tensor x, long dim, int most) {
        return kernel.grid(x.numel() / x.dim(-1)).block(threads(dim, most));
    }

    private static Launch rows(Launch kernel, Tensor x) {
        return rows(kernel, x, x.dim(-1), BLOCK);
    }

    /** A block for each token of {@code [batch, tokens, ...]}. */
    private static Launch tokens(Launch kernel, Tensor x, long dim) {
        return kernel.grid(x.dim(1), x.dim(0)).block(threads(dim, BLOCK));
    }

    /** A power of two of threads for each pixel. */
    void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        long channels = x.dim(-1);
        long rows = x.numel() / channels;
        int lanes = 1;
        while (lanes < WARP && (long) lanes * PIXEL_VALUES < channels) {
            lanes *= 2;
        }
        pixelNorm
                .begin(x)
                .threads(rows * lanes)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(bias)
                .int32(rows)
                .int32(channels)
                .float32(eps)
                .run();
    }

    void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        rows(rmsNorm.begin(x), x)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .int32(x.dim(-1))
                .float32(eps)
                .run();
    }

    void sumOfSquares(Tensor out, Tensor x) {
        rows(sumOfSquares.begin(x), x).pointer(out).pointer(x).int32(x.dim(-1)).run();
    }

    void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        rows(rmsScale.begin(x), x)
                .pointer(out)
                .pointer(x)
                .pointer(squares)
                .pointer(weight)
                .int32(x.dim(-1))
                .int32(width)
                .float32(eps)
                .run();
    }

    void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        layerNorm
                .begin(x, out.dtype())
                .grid(x.numel() / x.dim(-1))
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(bias)
                .int32(x.dim(-1))
                .float32(eps)
                .run();
    }

    void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        tokens(modulatedNorm.begin(x, out.dtype()), x, x.dim(2))
                .pointer(out)
                .pointer(x)
                .pointer(shift)
                .pointer(scale)
                .int32(x.dim(2))
                .float32(eps)
                .run();
    }

    void rope(Tensor out, Tensor x, Tensor table) {
        long width = x.dim(2) * x.dim(3);
        tokens(rope.begin(x), x, width)
                .pointer(out)
                .pointer(x)
                .pointer(table)
                .int32(table.dim(0))
                .int32(width)
                .int32(x.dim(3))
                .run();
    }

    void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        long width = x.dim(2) * x.dim(3);
        tokens(qkNormRope.begin(x), x, width)
                .pointer(out)
                .pointer(x)
                .pointer(weight)
                .pointer(table)
                .int32(table.dim(0))
                .int32(width)
                .int32(x.dim(3))
                .float32(eps)
                .run();
    }

    void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        checkMixture("layerMix", logits, states);
        Contract.aligned("layerMix", "out", out);
        Tensor first = states.get(0);
        Contract.rule(
                first.shape().equals(out.shape()) && first.dtype() == out.dtype(),
                "layerMix",
                "states",
                "shaped as the result",
                first);
        rows(layerMix.begin(out), out)
                .pointer(out)
                .pointer(logits)
                .pointers(states)
                .int32(logits.dtype().bytes())
                .int32(states.size())
                .int32(out.dim(-1))
                .run();
    }

    void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        checkMixture("layerMixNorm", logits, states);
        tokens(layerMixNorm.begin(states.get(0), out.dtype()), out, out.dim(2))
                .pointer(out)
                .pointer(logits)
                .pointers(states)
                .pointer(shift)
                .pointer(scale)
                .int32(logits.dtype().bytes())
                .int32(states.size())
                .int32(out.dim(2))
                .float32(eps)
                .run();
    }

    /** Requires 1 to 64 states, all alike, with a logit for each state and token. */
    private static void checkMixture(String op, Tensor logits, List<Tensor> states) {
        Contract.aligned(op, "logits", logits);
        Contract.rule(!states.isEmpty() && states.size() <= MOST_STATES, op, "states", "1..64", states.size());
        Tensor first = states.get(0);
        for (Tensor state : states) {
            Contract.aligned(op, "states", state);
            if (!state.shape().equals(first.shape()) || state.dtype() != first.dtype()) {
                throw Contract.broken(op, "states", "like " + first, state);
            }
        }
        long tokens = first.numel() / first.dim(-1);
        if (logits.numel() != tokens * states.size()) {
            throw Contract.broken(op, "logits", "[" + tokens + " tokens, " + states.size() + "]", logits);
        }
    }

    void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        gatedAdd(out, x, gate, y.dtype(), y.address());
    }

    /** @param y address of {@code [batch, tokens, dim]} of {@code yDType} */
    void gatedAdd(Tensor out, Tensor x, Tensor gate, DType yDType, long y) {
        tokens(gatedAdd.begin(x, yDType), x, x.dim(2))
                .pointer(out)
                .pointer(x)
                .pointer(gate)
                .pointer(y)
                .int32(x.dim(2))
                .run();
    }

    void gluSilu(Tensor out, Tensor x) {
        rows(gluSilu.begin(x), out).pointer(out).pointer(x).int32(out.dim(-1)).run();
    }

    void softmax(Tensor out, Tensor x) {
        rows(softmax.begin(x), x, x.dim(-1), SOFTMAX_BLOCK)
                .pointer(out)
                .pointer(x)
                .int32(x.dim(-1))
                .run();
    }

    /**
     * What a library's product lacks, in place; nothing where there is nothing to add.
     *
     * @param out address of {@code [rows, columns]}
     * @param bias address of {@code [columns]} F32, or 0
     */
    void biasActivation(DType dtype, long out, long rows, long columns, long bias, Activation activation) {
        if (bias == 0 && activation == Activation.NONE) {
            return;
        }
        biasActivation
                .begin(dtype)
                .grid(rows)
                .block(threads(columns, BLOCK))
                .pointer(out)
                .pointer(bias)
                .int32(columns)
                .int32(activation.ordinal())
                .run();
    }

    /**
     * Rows as E4M3 codes, each with a scale of its own.
     *
     * @param codes {@code [rows, dim]} E4M3
     * @param scales {@code [rows]} F32
     * @param x {@code [rows, dim]} of {@code dtype}, BF16 or F32
     */
    void quantize(long codes, long scales, DType dtype, long x, long rows, long dim) {
        Contract.aligned("quantizeRows", "codes", codes);
        Contract.aligned("quantizeRows", "scales", scales);
        Contract.aligned("quantizeRows", "x", x);
        Contract.rule(dim >= 1 && dim <= WIDEST_QUANTIZED, "quantizeRows", "dim", "1..16384", dim);
        long warps = (dim + WARP * QUANTIZED_VALUES - 1) / (WARP * QUANTIZED_VALUES);
        quantizeRows
                .begin(dtype)
                .grid(rows)
                .block((int) warps * WARP)
                .pointer(codes)
                .pointer(scales)
                .pointer(x)
                .int32(dim)
                .run();
    }
}
