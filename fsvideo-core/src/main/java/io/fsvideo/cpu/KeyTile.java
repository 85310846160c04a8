package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;

/** A run of keys, and their values, that a block of queries meets at once. */
record KeyTile(long first, long count, Side keys, Side values) {
    private static final long ALIGNMENT = 64;

    /**
     * Keys or values as the weights of a product.
     *
     * @param source bytes from the first key's to this tile's, where they lie
     * @param target bytes from the start of the packed copies to this one
     * @param bytes of the copy
     * @param pack null when they are used where they lie
     */
    record Side(Operand operand, long source, long target, long bytes, Primitive pack) {
        /** @param all address of the first key's, where they lie */
        long of(long all, long packed) {
            return pack == null ? all + source : packed + target;
        }

        private void pack(Worker worker, long all, long packed) {
            if (pack != null) {
                worker.execute(pack, all + source, packed + target);
            }
        }

        private long end() {
            return (target + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
    }

    /** @param packed bytes of the tiles before this one */
    static KeyTile of(Context context, Attention.Call call, long first, long count, long packed) {
        DType kernel = call.kernel();
        long dim = call.dim();
        Operand keys = Operand.strided(kernel, new long[] {dim, count}, 1, call.step(call.k()));
        Operand values = Operand.strided(kernel, new long[] {count, dim}, call.step(call.v()), 1);
        Side k = side(context, call, keys, first * call.step(call.k()), packed);
        return new KeyTile(first, count, k, side(context, call, values, first * call.step(call.v()), k.end()));
    }

    private static Side side(Context context, Attention.Call call, Operand lying, long elements, long target) {
        long source = elements * lying.dtype().bytes();
        if (!call.pack()) {
            return new Side(lying, source, target, 0, null);
        }
        Shape outIn = Shape.of(lying.dims().dim(1), lying.dims().dim(0));
        PackedWeight layout = context.packed().of(Layout.LINEAR, lying.dtype(), outIn);
        Operand packed = Operand.packed(layout);
        return new Side(
                packed, source, target, layout.bytes(), context.primitives().reorder(lying, packed));
    }

    /** Copies keys and values, which lie at {@code k} and {@code v}, into the layout products like best, if they are to be. */
    void pack(Worker worker, long k, long v, long packed) {
        keys.pack(worker, k, packed);
        values.pack(worker, v, packed);
    }

    /** Bytes of packed copies up to this tile's. */
    long packedEnd() {
        return values.end();
    }
}
