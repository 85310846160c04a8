package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;

/** The four entries of a kernel that takes operands of either compute dtype: {@code <kernel>_<x>_<weight>}. */
final class SimtEntries {
    private final String kernel;
    private final Launch f32;
    private final Launch f32WithBf16;
    private final Launch bf16WithF32;
    private final Launch bf16;

    SimtEntries(Device device, String kernel) {
        this.kernel = kernel;
        f32 = device.kernels().entry(kernel, kernel + "_f32_f32");
        f32WithBf16 = device.kernels().entry(kernel, kernel + "_f32_bf16");
        bf16WithF32 = device.kernels().entry(kernel, kernel + "_bf16_f32");
        bf16 = device.kernels().entry(kernel, kernel + "_bf16_bf16");
    }

    /** Begins a launch for these dtypes, each F32 or BF16. */
    Launch begin(DType x, DType weight) {
        if (!x.isCompute() || !weight.isCompute()) {
            throw new ShapeException(kernel + ": operands must be F32 or BF16, got " + x + " and " + weight);
        }
        if (x == DType.F32) {
            return (weight == DType.F32 ? f32 : f32WithBf16).begin();
        }
        return (weight == DType.F32 ? bf16WithF32 : bf16).begin();
    }
}
