package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** Launches {@code bias_activation.cu}: what a library's product lacks, in place. */
final class BiasActivation {
    private static final int BLOCK = 256;

    private final TypedLaunch entries;

    BiasActivation(Device device) {
        entries = device.kernels().typed("bias_activation");
    }

    /**
     * Nothing where there is nothing to add.
     *
     * @param out {@code [..., columns]}
     * @param bias address of {@code [columns]} F32, or 0
     */
    void runIfNeeded(Tensor out, long columns, long bias, Activation activation) {
        runIfNeeded(out.dtype(), out.address(), out.numel() / columns, columns, bias, activation);
    }

    /** @param out address of {@code [rows, columns]} */
    void runIfNeeded(DType dtype, long out, long rows, long columns, long bias, Activation activation) {
        if (bias == 0 && activation == Activation.NONE) {
            return;
        }
        entries.begin(dtype)
                .grid(rows)
                .block(Rows.block(columns, BLOCK))
                .pointer(out)
                .pointer(bias)
                .int32(columns)
                .int32(activation.ordinal())
                .run();
    }
}
