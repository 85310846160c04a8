package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/** Packs weights and hands them to products in the dtype these compute in. */
final class Weights {
    private static final long GRAIN = 1 << 18;

    /** A packed weight ready for use; {@code owned} bytes were allocated for it (0: it is the tensor's own memory). */
    record Ready(PackedWeight layout, long address, long owned) {}

    private final Context context;

    Weights(Context context) {
        this.context = context;
    }

    /** The dtype whose layout a packed tensor of {@code dtype} has. */
    private DType layoutDType(DType dtype) {
        return dtype == DType.BF16 ? context.products() : DType.F32;
    }

    long packedBytes(Layout layout, DType dtype, Shape shape) {
        if (shape.numel() == 0) {
            return 0;
        }
        DType kernel = layoutDType(dtype);
        return context.packed().of(layout, kernel, shape).bytes() / kernel.bytes() * dtype.bytes();
    }

    void pack(Tensor out, Tensor weight) {
        if (weight.numel() == 0) {
            return;
        }
        DType kernel = layoutDType(out.dtype());
        PackedWeight layout = context.packed().of(out.layout(), kernel, weight.shape());
        long plainBytes = weight.dtype() == kernel ? 0 : weight.numel() * kernel.bytes();
        long packedBytes = out.dtype() == kernel ? 0 : layout.bytes();
        long plain = plainBytes == 0 ? weight.address() : context.memory().allocate(plainBytes);
        long packed = 0;
        try {
            if (plainBytes != 0) {
                convert(weight.dtype(), weight.address(), kernel, plain, weight.numel());
            }
            packed = packedBytes == 0 ? out.address() : context.memory().allocate(packedBytes);
            Operand from =
                    plainOperand(kernel, weight.shape(), layout, out.layout().groups());
            context.caller().execute(context.primitives().reorder(from, Operand.packed(layout)), plain, packed);
            if (packedBytes != 0) {
                convert(kernel, packed, out.dtype(), out.address(), layout.bytes() / kernel.bytes());
            }
        } finally {
            release(plain, plainBytes);
            release(packed, packedBytes);
        }
    }

    private static Operand plainOperand(DType dtype, Shape shape, PackedWeight layout, int groups) {
        if (layout.dims().rank() == 2) {
            return Operand.strided(dtype, layout.dims().toArray(), 1, shape.dim(1));
        }
        return Operand.dense(dtype, PackedWeights.convDims(shape, groups).toArray());
    }

    /** {@code weight} in the layout of {@code kernel}; give it back with {@link #release(Ready)}. */
    Ready ready(Tensor weight, DType kernel) {
        PackedWeight wanted = context.packed().of(weight.layout(), kernel, weight.shape());
        DType stored = layoutDType(weight.dtype());
        if (stored == kernel && weight.dtype() == kernel) {
            return new Ready(wanted, weight.address(), 0);
        }
        long address = context.memory().allocate(wanted.bytes());
        if (stored == kernel) {
            convert(weight.dtype(), weight.address(), kernel, address, wanted.bytes() / kernel.bytes());
        } else {
            PackedWeight layout = context.packed().of(weight.layout(), stored, weight.shape());
            reorder(layout, weight.address(), wanted, address);
        }
        return new Ready(wanted, address, wanted.bytes());
    }

    /** {@code weight} once more, in another layout. */
    Ready relaid(Ready weight, PackedWeight layout) {
        long address = context.memory().allocate(layout.bytes());
        reorder(weight.layout, weight.address, layout, address);
        return new Ready(layout, address, layout.bytes());
    }

    private void reorder(PackedWeight from, long source, PackedWeight to, long target) {
        context.caller()
                .execute(context.primitives().reorder(Operand.packed(from), Operand.packed(to)), source, target);
    }

    void release(Ready weight) {
        release(weight.address, weight.owned);
    }

    private void release(long address, long bytes) {
        if (bytes != 0 && address != 0) {
            context.memory().free(address, bytes);
        }
    }

    private void convert(DType from, long source, DType to, long target, long count) {
        context.workers()
                .runRange(
                        count,
                        GRAIN,
                        (worker, start, end) -> worker.staging()
                                .convert(
                                        from,
                                        source + start * from.bytes(),
                                        to,
                                        target + start * to.bytes(),
                                        end - start));
    }
}
