package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * {@code activation(x weight^T + bias)}: BF16 operands go to the tensor cores, with rows of x copied to a multiple of 8 elements where
 * they are not one (260 inputs of a patch embedding); F32 and mixed operands are multiplied in F32. With a matrix library it makes the
 * products of operands of one dtype. Weights packed as E4M3 are multiplied by {@link ScaledWeights}. A residual is summed by {@link Gemm}
 * itself, behind the others by {@code gated_add.cu}.
 */
final class LinearProduct {
    private final Device device;
    private final Weights weights;
    private final Gemm gemm;
    private final F32Gemm f32Gemm;
    private final MatrixLibrary library;

    LinearProduct(Device device, Weights weights) {
        this.device = device;
        this.weights = weights;
        gemm = new Gemm(device);
        f32Gemm = new F32Gemm(device);
        library = device.matrixLibrary();
    }

    /** @param weight {@code [out, in]}, or {@code [out, in, 1, 1, 1]} packed for a convolution of one group */
    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        check(x, weight);
        long rows = rows(out, x, weight.dim(0));
        try (Weights.Ready w = ready(x, weight)) {
            multiply(new Call(out.address(), rows, x, weight, w, bias, activation, null));
        }
    }

    /** {@code out = residual + gate (x weight^T + bias)}; without a fused kernel the product takes working memory. */
    void addTo(Tensor out, Tensor x, Tensor weight, Tensor bias, Product.Residual residual) {
        check(x, weight);
        Contract.aligned("linear", "out", out);
        long rows = out.numel() / out.dim(-1);
        try (Weights.Ready w = ready(x, weight)) {
            if (w != null && takesGemm(x, w)) {
                multiply(new Call(out.address(), rows, x, weight, w, bias, Activation.NONE, residual));
                return;
            }
            try (Scratch product =
                    device.memory().scratch(out.numel() * x.dtype().bytes())) {
                multiply(new Call(product.address(), rows, x, weight, w, bias, Activation.NONE, null));
                device.rows().gatedAdd(out, residual.sum(), residual.gate(), x.dtype(), product.address());
            }
        }
    }

    private static void check(Tensor x, Tensor weight) {
        Contract.aligned("linear", "weight", weight);
        Contract.aligned("linear", "x", x);
        Contract.rule(isMatrix(weight), "linear", "weight", "one matrix", weight);
        if (x.dim(-1) != weight.dim(1)) {
            throw Contract.broken("linear", "x", "[..., " + weight.dim(1) + "]", x);
        }
    }

    /** @param w null for weights packed as E4M3 that are multiplied so */
    private record Call(
            long out,
            long rows,
            Tensor x,
            Tensor weight,
            Weights.Ready w,
            Tensor bias,
            Activation activation,
            Product.Residual residual) {
        Product product(long address, long depth) {
            long columns = w.layout().outputs();
            return new Product(
                    out,
                    address,
                    x.dtype(),
                    w.address(),
                    w.dtype(),
                    w.layout().tapStride(),
                    Contract.bias("linear", bias, columns),
                    rows,
                    columns,
                    depth,
                    activation,
                    residual);
        }
    }

    private Weights.Ready ready(Tensor x, Tensor weight) {
        boolean scaled = x.dtype() == DType.BF16 && x.dim(-1) != 0 && ScaledWeights.takes(weight);
        return scaled ? null : weights.ready(weight);
    }

    private boolean takesGemm(Tensor x, Weights.Ready w) {
        return library == null && x.dtype() == DType.BF16 && w.dtype() == DType.BF16 && x.dim(-1) != 0;
    }

    private void multiply(Call call) {
        Tensor x = call.x;
        if (call.w == null) {
            long bias = Contract.bias("linear", call.bias, call.weight.dim(0));
            weights.scaled().multiply(call.out, x, call.weight, bias, call.activation);
        } else if (takesGemm(x, call.w)) {
            try (AlignedRows aligned = AlignedRows.of(x, device)) {
                gemm.run(call.product(aligned.address(), aligned.width()));
            }
        } else if (library != null && x.dtype() == call.w.dtype() && x.dim(-1) != 0) {
            byLibrary(call.product(x.address(), x.dim(-1)));
        } else {
            f32Gemm.run(call.product(x.address(), x.dim(-1)));
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

    private void byLibrary(Product product) {
        library.multiply(MatrixLibrary.ColumnMajor.of(product));
        device.rows()
                .biasActivation(
                        product.xDType(),
                        product.out(),
                        product.rows(),
                        product.columns(),
                        product.bias(),
                        product.activation());
    }
}
