package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** The table of operations: each runs alone on the backend's threads; the work is in the class it names. */
final class CpuOps implements Ops {
    private final Context context;
    private final Weights weights;
    private final LinearProduct linear;
    private final Convolution convolution;
    private final Attention attention;
    private final LinearAttention linearAttention;
    private final Norms norms;
    private final RowParts rowParts;
    private final Elementwise elementwise;
    private final Broadcast broadcast;
    private final Mixing mixing;
    private final Layouts layouts;
    private final Resize resize;

    CpuOps(Context context) {
        this.context = context;
        weights = new Weights(context);
        linear = new LinearProduct(context, weights);
        convolution = new Convolution(context, weights, linear);
        attention = new Attention(context);
        linearAttention = new LinearAttention(context);
        norms = new Norms(context);
        rowParts = new RowParts(context);
        elementwise = new Elementwise(context);
        broadcast = new Broadcast(context);
        mixing = new Mixing(context);
        layouts = new Layouts(context);
        resize = new Resize(context);
    }

    private void run(Runnable operation) {
        context.workers().exclusively(() -> {
            context.primitives().trim();
            operation.run();
        });
    }

    long packedBytes(Layout layout, DType dtype, Shape shape) {
        return weights.packedBytes(layout, dtype, shape);
    }

    @Override
    public void pack(Tensor out, Tensor weight) {
        run(() -> weights.pack(out, weight));
    }

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        run(() -> linear.run(out, x, weight, bias, activation));
    }

    @Override
    public void linearGatedAdd(Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
        run(() -> linear.run(out, x, weight, bias, new GatedSum(out, residual, gate)));
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        run(() -> attention.run(out, q, k, v, bias, keyLengths, scale));
    }

    @Override
    public void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        run(() -> linearAttention.run(out, q, k, v, eps));
    }

    @Override
    public void conv3d(
            Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        run(() -> convolution.run(out, x, weight, bias, geometry, activation));
    }

    @Override
    public void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        run(() -> norms.rms(out, x, weight, bias, eps));
    }

    @Override
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        run(() -> norms.rms(out, x, weight, null, eps));
    }

    @Override
    public void sumOfSquares(Tensor out, Tensor x) {
        run(() -> rowParts.sumOfSquares(out, x));
    }

    @Override
    public void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        run(() -> rowParts.rmsScale(out, x, squares, weight, width, eps));
    }

    @Override
    public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        run(() -> norms.layer(out, x, weight, bias, eps));
    }

    @Override
    public void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        run(() -> norms.modulated(out, x, shift, scale, eps));
    }

    @Override
    public void rope(Tensor out, Tensor x, Tensor table) {
        run(() -> mixing.rope(out, x, table));
    }

    @Override
    public void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        run(() -> norms.qkRope(out, x, weight, new Mixing.Rotation(x, table), eps));
    }

    @Override
    public void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        run(() -> mixing.layerMix(out, new Mixing.Mixture(logits, states)));
    }

    @Override
    public void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        run(() -> norms.mixture(out, new Mixing.Mixture(logits, states), shift, scale, eps));
    }

    @Override
    public void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        run(() -> norms.gatedAdd(out, x, gate, y));
    }

    @Override
    public void add(Tensor out, Tensor a, Tensor b) {
        run(() -> broadcast.run(Broadcast.Operation.ADD, out, a, b));
    }

    @Override
    public void mul(Tensor out, Tensor a, Tensor b) {
        run(() -> broadcast.run(Broadcast.Operation.MUL, out, a, b));
    }

    @Override
    public void weightedSum(Tensor out, float[] factors, List<Tensor> terms) {
        run(() -> elementwise.weightedSum(out, factors, terms));
    }

    @Override
    public void activation(Tensor out, Tensor x, Activation activation) {
        run(() -> elementwise.activation(out, x, activation));
    }

    @Override
    public void gluSilu(Tensor out, Tensor x) {
        run(() -> elementwise.gluSilu(out, x));
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        run(() -> elementwise.softmax(out, x));
    }

    @Override
    public void permute(Tensor out, Tensor x, int[] axes) {
        run(() -> layouts.permute(out, x, axes));
    }

    @Override
    public void concat(Tensor out, List<Tensor> parts, int axis) {
        run(() -> layouts.concat(out, parts, axis));
    }

    @Override
    public void slice(Tensor out, Tensor x, int axis, long from) {
        run(() -> layouts.slice(out, x, axis, from));
    }

    @Override
    public void pixelShuffle3d(Tensor out, Tensor x) {
        run(() -> layouts.pixelShuffle(out, x));
    }

    @Override
    public void pixelUnshuffle3d(Tensor out, Tensor x) {
        run(() -> layouts.pixelUnshuffle(out, x));
    }

    @Override
    public void channelAverage(Tensor out, Tensor x) {
        run(() -> elementwise.average(out, x));
    }

    @Override
    public void channelDuplicate(Tensor out, Tensor x) {
        run(() -> elementwise.duplicate(out, x));
    }

    @Override
    public void resize(Tensor out, Tensor x, Resampling resampling) {
        run(() -> resize.run(out, x, resampling));
    }

    @Override
    public void embedding(Tensor out, Tensor ids, Tensor table) {
        run(() -> mixing.embedding(out, ids, table));
    }

    @Override
    public void cast(Tensor out, Tensor x) {
        run(() -> elementwise.cast(out, x));
    }

    @Override
    public void fill(Tensor out, float value) {
        run(() -> elementwise.fill(out, value));
    }

    @Override
    public void noise(Tensor out, long seed, int stream) {
        run(() -> elementwise.noise(out, seed, stream));
    }
}
