package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * Linear weights packed as E4M3: codes {@code [out, in]}, then a scale for each output, F32, so that weights of any size keep their four
 * bits. Products with BF16 rows quantize these too, each by its own scale; products with F32 rows widen the weight for the call.
 */
final class ScaledWeights {
    private static final int MULTIPLE = 16;

    private final DeviceMemory memory;
    private final RowKernels rows;
    private final ElementKernels elements;
    private final LayoutKernels layouts;
    private final GemmFp8 gemm;

    ScaledWeights(Device device) {
        memory = device.memory();
        rows = device.rows();
        elements = device.elements();
        layouts = device.layouts();
        gemm = new GemmFp8(device);
    }

    /** Whether a weight is packed so; rows of other widths are converted element by element. */
    static boolean takes(Layout layout, DType dtype, Shape shape) {
        return dtype == DType.F8_E4M3
                && layout.use() == Layout.Use.LINEAR
                && shape.numel() > 0
                && shape.dim(1) % MULTIPLE == 0
                && shape.dim(1) <= RowKernels.WIDEST_QUANTIZED;
    }

    static boolean takes(Tensor weight) {
        return takes(weight.layout(), weight.dtype(), weight.shape());
    }

    static long packedBytes(Shape shape) {
        return shape.numel() + shape.dim(0) * Float.BYTES;
    }

    /** Weights that are E4M3 already keep their codes, with a scale of one. */
    void pack(Tensor out, Tensor weight) {
        GemmFp8.Operand packed = operand(out);
        if (weight.dtype() == DType.F8_E4M3) {
            layouts.place(packed.codes(), weight.numel(), weight.address(), weight.numel(), 1);
            elements.fill(packed.scales(), 1, out.dim(0));
            return;
        }
        boolean ready = weight.dtype().isCompute();
        try (Scratch wide = ready ? null : memory.scratch(weight.numel() * Float.BYTES)) {
            long source = weight.address();
            if (wide != null) {
                elements.cast(DType.F32, wide.address(), weight.dtype(), source, weight.numel());
                source = wide.address();
            }
            DType dtype = ready ? weight.dtype() : DType.F32;
            rows.quantize(packed.codes(), packed.scales(), dtype, source, out.dim(0), out.dim(1));
        }
    }

    private static GemmFp8.Operand operand(Tensor weight) {
        return new GemmFp8.Operand(weight.address(), weight.address() + weight.numel(), weight.dim(0));
    }

    /** {@code activation(x weight^T + bias)} in BF16 for {@code x} BF16. */
    void multiply(long out, Tensor x, Tensor weight, long bias, Activation activation) {
        long depth = x.dim(-1);
        long count = x.numel() / depth;
        try (Scratch codes = memory.scratch(count * depth);
                Scratch scales = memory.scratch(count * Float.BYTES)) {
            rows.quantize(codes.address(), scales.address(), x.dtype(), x.address(), count, depth);
            GemmFp8.Operand left = new GemmFp8.Operand(codes.address(), scales.address(), count);
            gemm.run(out, left, operand(weight), bias, depth, activation);
        }
    }

    /** The weight in F32, codes times scales, in memory that the caller closes. */
    Scratch widened(Tensor weight) {
        GemmFp8.Operand packed = operand(weight);
        Scratch wide = memory.scratch(weight.numel() * Float.BYTES);
        try (Scratch codes = memory.scratch(weight.numel() * Float.BYTES)) {
            elements.cast(DType.F32, codes.address(), DType.F8_E4M3, packed.codes(), weight.numel());
            elements.scaleRows(wide.address(), codes.address(), packed.scales(), weight.dim(0), weight.dim(1));
        } catch (RuntimeException e) {
            wide.close();
            throw e;
        }
        return wide;
    }
}
