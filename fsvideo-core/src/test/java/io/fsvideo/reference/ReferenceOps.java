package io.fsvideo.reference;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.PhiloxNormal;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Every operation as: decode to binary64, apply the definition, round once. */
final class ReferenceOps implements Ops {
    private final ReferenceMemory memory;

    ReferenceOps(ReferenceMemory memory) {
        this.memory = memory;
    }

    private Values read(Tensor tensor) {
        return memory.read(tensor);
    }

    private List<Values> read(List<Tensor> tensors) {
        return tensors.stream().map(memory::read).toList();
    }

    @Override
    public void pack(Tensor out, Tensor weight) {
        cast(out, weight);
    }

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        double[] sums = MatrixReference.linear(read(x), read(weight), read(bias));
        memory.write(out, ElementReference.activation(sums, activation));
    }

    @Override
    public void linearGatedAdd(Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
        memory.write(
                out, MatrixReference.linearGatedAdd(read(x), read(weight), read(bias), read(residual), read(gate)));
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        memory.write(out, MatrixReference.attention(read(q), read(k), read(v), read(bias), keyLengths, scale));
    }

    @Override
    public void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        memory.write(out, MatrixReference.linearAttention(read(q), read(k), read(v), eps));
    }

    @Override
    public void conv3d(
            Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        double[] sums = MatrixReference.conv3d(read(x), read(weight), read(bias), geometry);
        memory.write(out, ElementReference.activation(sums, activation));
    }

    @Override
    public void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        memory.write(out, NormReference.pixelNorm(read(x), read(weight), read(bias), eps));
    }

    @Override
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        memory.write(out, NormReference.rmsNorm(read(x), read(weight), eps));
    }

    @Override
    public void sumOfSquares(Tensor out, Tensor x) {
        memory.write(out, NormReference.sumOfSquares(read(x)));
    }

    @Override
    public void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        memory.write(out, NormReference.rmsScale(read(x), read(squares), read(weight), width, eps));
    }

    @Override
    public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        memory.write(out, NormReference.layerNorm(read(x), read(weight), read(bias), eps));
    }

    @Override
    public void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        memory.write(out, NormReference.modulatedNorm(read(x), read(shift), read(scale), eps));
    }

    @Override
    public void rope(Tensor out, Tensor x, Tensor table) {
        memory.write(out, ElementReference.rope(read(x), read(table)));
    }

    @Override
    public void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        memory.write(out, ElementReference.qkNormRope(read(x), read(weight), read(table), eps));
    }

    @Override
    public void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        memory.write(out, NormReference.layerMixNorm(read(logits), read(states), read(shift), read(scale), eps));
    }

    @Override
    public void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        memory.write(out, ElementReference.layerMix(read(logits), read(states)));
    }

    @Override
    public void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        memory.write(out, NormReference.gatedAdd(read(x), read(gate), read(y)));
    }

    @Override
    public void add(Tensor out, Tensor a, Tensor b) {
        memory.write(out, ElementReference.add(read(a), read(b)));
    }

    @Override
    public void mul(Tensor out, Tensor a, Tensor b) {
        memory.write(out, ElementReference.mul(read(a), read(b)));
    }

    @Override
    public void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        memory.write(out, ElementReference.weightedSum(weights, read(terms)));
    }

    @Override
    public void activation(Tensor out, Tensor x, Activation activation) {
        memory.write(out, ElementReference.activation(read(x).data(), activation));
    }

    @Override
    public void gluSilu(Tensor out, Tensor x) {
        memory.write(out, ElementReference.gluSilu(read(x)));
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        memory.write(out, ElementReference.softmax(read(x)));
    }

    @Override
    public void permute(Tensor out, Tensor x, int[] axes) {
        memory.write(out, LayoutReference.permute(read(x), axes));
    }

    @Override
    public void concat(Tensor out, List<Tensor> parts, int axis) {
        memory.write(out, LayoutReference.concat(axis, read(parts)));
    }

    @Override
    public void slice(Tensor out, Tensor x, int axis, long from) {
        memory.write(out, LayoutReference.slice(read(x), axis, (int) from, (int) (from + out.dim(axis))));
    }

    @Override
    public void pixelShuffle3d(Tensor out, Tensor x) {
        if (out.numel() > 0) {
            int frames = (int) (out.dim(1) / x.dim(1));
            memory.write(out, LayoutReference.pixelShuffle3d(read(x), frames, (int) (out.dim(2) / x.dim(2))));
        }
    }

    @Override
    public void pixelUnshuffle3d(Tensor out, Tensor x) {
        if (out.numel() > 0) {
            int frames = (int) (x.dim(1) / out.dim(1));
            memory.write(out, LayoutReference.pixelUnshuffle3d(read(x), frames, (int) (x.dim(2) / out.dim(2))));
        }
    }

    @Override
    public void channelAverage(Tensor out, Tensor x) {
        memory.write(out, LayoutReference.channelAverage(read(x), (int) out.dim(-1)));
    }

    @Override
    public void channelDuplicate(Tensor out, Tensor x) {
        memory.write(out, LayoutReference.channelDuplicate(read(x), (int) out.dim(-1)));
    }

    @Override
    public void resize(Tensor out, Tensor x, Resampling resampling) {
        memory.write(out, LayoutReference.resize(read(x), (int) out.dim(2), (int) out.dim(3), resampling));
    }

    @Override
    public void embedding(Tensor out, Tensor ids, Tensor table) {
        Values rows = read(ids);
        for (double row : rows.data()) {
            if (row < 0 || row >= table.dim(0)) {
                throw new ShapeException("embedding: ids must be within 0.." + (table.dim(0) - 1) + " for " + table
                        + ", got " + (int) row + " in " + ids);
            }
        }
        memory.write(out, ElementReference.embedding(rows, read(table)));
    }

    @Override
    public void cast(Tensor out, Tensor x) {
        memory.write(out, read(x).data());
    }

    @Override
    public void fill(Tensor out, float value) {
        double[] values = new double[Math.toIntExact(out.numel())];
        Arrays.fill(values, value);
        memory.write(out, values);
    }

    @Override
    public void noise(Tensor out, long seed, int stream) {
        float[] values = new float[Math.toIntExact(out.numel())];
        PhiloxNormal.fill(values, 0, values.length, seed, stream, 0);
        memory.write(out, Values.of(values, values.length).data());
    }
}
