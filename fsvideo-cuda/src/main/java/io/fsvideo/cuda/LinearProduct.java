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
    private final GemmFew few;
    private final MatrixLibrary library;
    private final BiasActivation epilogue;

    LinearProduct(Device device, DeviceCopies copies, Weights weights) {
        memory = device.memory();
        this.copies = copies;
        this.weights = weights;
        gemm = new Gemm(device);
        simt = new GemmSimt(device);
        few = new GemmFew(device);
        library = device.matrixLibrary();
        epilogue = new BiasActivation(device);
    }

    /** @param weight {@code [out, in]}, or {@code [out, in, 1, 1, 1]} packed for a convolution of one group */
    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        Contract.aligned("linear", "weight", weight);
        Contract.aligned("linear", "x", x);
        Contract.rule(isMatrix(weight), "linear", "weight", "one matrix", weight);
        if (x.dim(-1) != weight.dim(1)) {
            throw Contract.broken("linear", "x", "[..., " + weight.dim(1) + "]", x);
        }
        long rows = rows(out, x, weight.dim(0));
        boolean empty = x.dim(-1) == 0;
        if (x.dtype() == DType.BF16 && !empty && ScaledWeights.takes(weight)) {
            weights.scaled().multiply(out, x, weight, Contract.bias("linear", bias, weight.dim(0)), activation);
            return;
        }
        try (Weights.Ready w = weights.ready(weight)) {
            if (library != null && x.dtype() == w.dtype() && !empty) {
                library.multiply(
                        ColumnMajorProduct.of(product(out, x, x.address(), x.dim(-1), w, bias, rows, activation)));
                long columns = w.layout().outputs();
                epilogue.runIfNeeded(out, columns, Contract.bias("linear", bias, columns), activation);
            } else if (x.dtype() != DType.BF16 || w.dtype() != DType.BF16 || empty) {
                inF32(product(out, x, x.address(), x.dim(-1), w, bias, rows, activation));
            } else {
                try (AlignedRows aligned = AlignedRows.of(x, memory, copies)) {
                    gemm.run(product(out, x, aligned.address(), aligned.width(), w, bias, rows, activation));
                }
            }
        }
    }

    private static boolean isMatrix(Tensor weight) {
        return weight.rank() == 2 || weight.layout().groups() == 1 && weight.numel() == weight.dim(0) * weight.dim(1);
    }

    /** Rows of {@code x}, after a look at {@code out}; those of {@code out} where nothing is summed. */
    private static long rows(Tensor out, Tensor x, long columns) {
        Contract.aligned("linear", "out", out);
        long count = out.numel();
        long rows = x.dim(-1) == 0 ? count / columns : x.numel() / x.dim(-1);
        if (out.dtype() != x.dtype() || count != rows * columns) {
            throw Contract.broken("linear", "out", "[..., " + columns + "] for " + x, out);
        }
        return rows;
    }

    private void inF32(Product product) {
        if (GemmFew.takes(product)) {
            few.run(product);
        } else {
            simt.run(product);
        }
    }

    private static Product product(
            Tensor out,
            Tensor x,
            long address,
            long depth,
            Weights.Ready w,
            Tensor bias,
            long rows,
            Activation activation) {
        long columns = w.layout().outputs();
        return new Product(
                out.address(),
                address,
                x.dtype(),
                w.address(),
                w.dtype(),
                w.layout().tapStride(),
                Contract.bias("linear", bias, columns),
                rows,
                columns,
                depth,
                activation);
    }
}
