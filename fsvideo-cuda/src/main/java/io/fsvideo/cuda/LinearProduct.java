package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * {@code activation(x weight^T + bias)}: BF16 operands go to the tensor cores, with rows of x copied to a multiple of 8 elements where
 * they are not one (260 inputs of a patch embedding); F32 and mixed operands are multiplied in F32. With a matrix library it makes the
 * products of operands of one dtype. Weights packed as E4M3 are multiplied by {@link ScaledWeights}.
 */
final class LinearProduct {
    private final DeviceMemory memory;
    private final DeviceCopies copies;
    private final Weights weights;
    private final Gemm gemm;
    private final GemmSimt simt;
    private final MatrixLibrary library;
    private final BiasActivation epilogue;

    LinearProduct(Device device, DeviceCopies copies, Weights weights) {
        memory = device.memory();
        this.copies = copies;
        this.weights = weights;
        gemm = new Gemm(device);
        simt = new GemmSimt(device);
        library = device.matrixLibrary();
        epilogue = new BiasActivation(device);
    }

    /** @param weight {@code [out, in]}, or {@code [out, in, 1, 1, 1]} packed for a convolution of one group */
    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        Contract.aligned("linear", "weight", weight);
        Contract.aligned("linear", "x", x);
        Contract.rule(
                weight.layout().groups() == 1 && weight.numel() == weight.dim(0) * weight.dim(1),
                "linear",
                "weight",
                "one matrix",
                weight);
        if (x.dim(-1) != weight.dim(1)) {
            throw Contract.broken("linear", "x", "[..., " + weight.dim(1) + "]", x);
        }
        if (x.dtype() == DType.BF16 && x.numel() > 0 && ScaledWeights.takes(weight)) {
            checkOut(out, x, weight.dim(0));
            weights.scaled().multiply(out, x, weight, Contract.bias("linear", bias, weight.dim(0)), activation);
            return;
        }
        try (Weights.Ready w = weights.ready(weight)) {
            if (library != null && x.dtype() == w.dtype() && x.numel() > 0) {
                byLibrary(product(out, x.address(), x, w, bias, x.dim(-1), activation));
                return;
            }
            if (x.dtype() != DType.BF16 || w.dtype() != DType.BF16 || x.numel() == 0) {
                simt.run(product(out, x.address(), x, w, bias, x.dim(-1), activation));
                return;
            }
            try (AlignedRows rows = AlignedRows.of(x, memory, copies)) {
                gemm.run(product(out, rows.address(), x, w, bias, rows.width(), activation));
            }
        }
    }

    private void byLibrary(Product product) {
        library.multiply(ColumnMajorProduct.of(product));
        if (BiasActivation.isNeeded(product)) {
            epilogue.run(product);
        }
    }

    private static void checkOut(Tensor out, Tensor x, long columns) {
        Contract.aligned("linear", "out", out);
        if (out.dtype() != x.dtype() || out.numel() != rows(x, out, columns) * columns) {
            throw Contract.broken("linear", "out", "[..., " + columns + "] for " + x, out);
        }
    }

    private static Product product(
            Tensor out, long address, Tensor x, Weights.Ready w, Tensor bias, long depth, Activation activation) {
        long columns = w.layout().outputs();
        checkOut(out, x, columns);
        return new Product(
                out.address(),
                address,
                x.dtype(),
                w.address(),
                w.dtype(),
                w.layout().tapStride(),
                Contract.bias("linear", bias, columns),
                out.numel() / columns,
                columns,
                depth,
                activation);
    }

    /** Rows of {@code x}; those of {@code out} where x is empty because its rows are. */
    private static long rows(Tensor x, Tensor out, long columns) {
        return x.dim(-1) == 0 ? out.numel() / columns : x.numel() / x.dim(-1);
    }
}
