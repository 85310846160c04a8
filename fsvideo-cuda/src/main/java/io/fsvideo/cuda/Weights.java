package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/** Packs weights, and hands them to products in a dtype these take. */
final class Weights {
    private final DeviceMemory memory;
    private final ElementKernels elements;
    private final LayoutKernels layouts;
    private final ScaledWeights scaled;

    Weights(Device device) {
        memory = device.memory();
        elements = device.elements();
        layouts = device.layouts();
        scaled = new ScaledWeights(device);
    }

    ScaledWeights scaled() {
        return scaled;
    }

    static long packedBytes(Layout layout, DType dtype, Shape shape) {
        return ScaledWeights.takes(layout, dtype, shape)
                ? ScaledWeights.packedBytes(shape)
                : PackedWeight.of(layout, shape).elements() * dtype.bytes();
    }

    /** Converts {@code weight}, moves its input channels innermost and pads them. */
    void pack(Tensor out, Tensor weight) {
        if (ScaledWeights.takes(out)) {
            scaled.pack(out, weight);
            return;
        }
        PackedWeight packed = PackedWeight.of(out);
        long bytes = weight.numel() * out.dtype().bytes();
        try (Scratch converted = weight.dtype() == out.dtype() ? null : memory.scratch(bytes)) {
            long source = weight.address();
            if (converted != null) {
                elements.cast(out.dtype(), converted.address(), weight.dtype(), source, weight.numel());
                source = converted.address();
            }
            arrange(out, packed, source, bytes);
        }
    }

    private void arrange(Tensor out, PackedWeight packed, long source, long bytes) {
        DType dtype = out.dtype();
        if (packed.isDepthwise()) {
            layouts.transpose(dtype, out.address(), source, 1, packed.outputs(), packed.taps());
            return;
        }
        boolean padded = packed.tapStride() != packed.inputs();
        if (!padded && packed.taps() > 1) {
            innermostInputs(dtype, out.address(), source, packed);
        } else if (packed.taps() > 1) {
            try (Scratch rows = memory.scratch(bytes)) {
                innermostInputs(dtype, rows.address(), source, packed);
                pad(out, packed, rows.address());
            }
        } else {
            pad(out, packed, source);
        }
    }

    /** {@code [out, in, taps] -> [out, taps, in]}. */
    private void innermostInputs(DType dtype, long target, long source, PackedWeight packed) {
        layouts.transpose(dtype, target, source, packed.outputs(), packed.inputs(), packed.taps());
    }

    private void pad(Tensor out, PackedWeight packed, long source) {
        int bytes = out.dtype().bytes();
        if (packed.tapStride() != packed.inputs()) {
            elements.zero(out.address(), packed.elements() * bytes);
        }
        layouts.place(
                out.address(),
                packed.tapStride() * bytes,
                source,
                packed.inputs() * bytes,
                packed.outputs() * packed.taps());
    }

    /** A packed weight in a dtype that products take; {@code scratch} is null when it is the tensor's own memory. */
    record Ready(long address, DType dtype, PackedWeight layout, Scratch scratch) implements AutoCloseable {
        @Override
        public void close() {
            if (scratch != null) {
                scratch.close();
            }
        }
    }

    /** {@code weight} as F32 or BF16: narrower types are widened for this one call, E4M3 to BF16, which holds it exactly. */
    Ready ready(Tensor weight) {
        PackedWeight layout = PackedWeight.of(weight);
        DType dtype = weight.dtype();
        if (dtype.isCompute()) {
            return new Ready(weight.address(), dtype, layout, null);
        }
        if (ScaledWeights.takes(weight)) {
            Scratch scratch = scaled.widened(weight);
            return new Ready(scratch.address(), DType.F32, layout, scratch);
        }
        DType wide = dtype == DType.F8_E4M3 ? DType.BF16 : DType.F32;
        Scratch scratch = memory.scratch(layout.elements() * wide.bytes());
        try {
            elements.cast(wide, scratch.address(), dtype, weight.address(), layout.elements());
        } catch (RuntimeException e) {
            scratch.close();
            throw e;
        }
        return new Ready(scratch.address(), wide, layout, scratch);
    }
}
