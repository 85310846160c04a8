package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * The one packed layout of every weight shape: what oneDNN prefers at a middling size. Measured on AVX-512: products and convolutions of
 * all other sizes take the same layout or accept it.
 */
final class PackedWeights implements AutoCloseable {
    private static final long ROWS = 64;
    private static final long OUT_HEIGHT = 8;
    private static final long OUT_WIDTH = 16;

    private record Key(Layout layout, DType dtype, Shape shape) {}

    private final Primitives primitives;
    private final Map<Key, PackedWeight> known = new HashMap<>();
    private final Map<Primitives.Conv, PackedWeight> exceptions = new HashMap<>();

    PackedWeights(Primitives primitives) {
        this.primitives = primitives;
    }

    /** @param dtype what the products compute in */
    synchronized PackedWeight of(Layout layout, DType dtype, Shape shape) {
        return known.computeIfAbsent(new Key(layout, dtype, shape), key -> choose(layout, dtype, shape));
    }

    private PackedWeight choose(Layout layout, DType dtype, Shape shape) {
        boolean matrix = layout.use() == Layout.Use.LINEAR || isPointwise(shape, layout.groups());
        dnnl_memory_desc desc = matrix ? matrix(dtype, shape) : conv(dtype, shape, layout.groups());
        Shape dims = matrix ? Shape.of(shape.dim(1), shape.dim(0)) : convDims(shape, layout.groups());
        return new PackedWeight(dtype, dims, desc, dnnl_memory_desc_get_size(desc));
    }

    /** Whether a convolution weight is a plain matrix: one tap, one group. */
    static boolean isPointwise(Shape shape, int groups) {
        return groups == 1 && shape.dim(2) * shape.dim(3) * shape.dim(4) == 1;
    }

    /** {@code [out, in / groups, ..]} as oneDNN wants it: groups in front when there are several. */
    static Shape convDims(Shape shape, int groups) {
        if (groups == 1) {
            return shape;
        }
        return Shape.of(groups, shape.dim(0) / groups, shape.dim(1), shape.dim(2), shape.dim(3), shape.dim(4));
    }

    private dnnl_memory_desc matrix(DType dtype, Shape shape) {
        long out = shape.dim(0);
        long in = shape.dim(1);
        return primitives.preferredWeights(new Primitives.MatMul(
                Operand.dense(dtype, ROWS, in),
                Operand.any(dtype, in, out),
                Primitives.biasOf(out),
                Operand.dense(dtype, ROWS, out),
                1,
                null,
                Activation.NONE));
    }

    private dnnl_memory_desc conv(DType dtype, Shape shape, int groups) {
        long frames = shape.dim(2);
        long height = OUT_HEIGHT + shape.dim(3) - 1;
        int left = (int) shape.dim(4) / 2;
        int right = (int) shape.dim(4) - 1 - left;
        Operand src = Operand.channelsLast(dtype, shape.dim(1) * groups, frames, height, OUT_WIDTH);
        Operand dst = Operand.channelsLast(dtype, shape.dim(0), 1, OUT_HEIGHT, OUT_WIDTH);
        Operand weights = new Operand(dtype, convDims(shape, groups), null, null);
        return primitives.preferredWeights(new Primitives.Conv(
                src, weights, Operand.dense(DType.F32, shape.dim(0)), dst, 1, left, right, Activation.NONE));
    }

    /** The layout oneDNN wants for exactly this convolution, for sizes where it refuses the usual one. */
    synchronized PackedWeight forConvolution(Primitives.Conv key) {
        return exceptions.computeIfAbsent(key, conv -> {
            dnnl_memory_desc desc = primitives.preferredWeights(conv);
            return new PackedWeight(
                    conv.weights().dtype(), conv.weights().dims(), desc, dnnl_memory_desc_get_size(desc));
        });
    }

    @Override
    public synchronized void close() {
        exceptions.values().forEach(weight -> Operand.destroy(weight.desc()));
        exceptions.clear();
        known.values().forEach(weight -> Operand.destroy(weight.desc()));
        known.clear();
    }
}
