package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/**
 * Products in F32 arithmetic, for F32 operands and mixed dtypes of any sizes: {@code gemm_few.cu} for few rows of F32, bound by reading
 * the weight, as the projections of a time embedding are; {@code gemm_simt.cu} for all others.
 */
final class F32Gemm {
    private static final int TILE = 64;
    /** Rows up to which the weight is read at most twice. */
    private static final long FEW = 8;

    private static final int FEW_ROWS = 4;
    private static final int FEW_COLUMNS = 8;

    private final Kernels.Mixed any;
    private final Launch few;
    private final Launch fewOfBf16;

    F32Gemm(Device device) {
        any = device.kernels().mixed("gemm_simt");
        few = device.kernels().entry("gemm_few", "gemm_few_f32_f32");
        fewOfBf16 = device.kernels().entry("gemm_few", "gemm_few_f32_bf16");
    }

    void run(Product p) {
        if (p.xDType() == DType.F32 && p.wDType().isCompute() && p.rows() <= FEW) {
            Launch kernel = p.wDType() == DType.BF16 ? fewOfBf16 : few;
            finish(kernel.begin().grid(tiles(p.columns(), FEW_COLUMNS), tiles(p.rows(), FEW_ROWS)), p);
        } else {
            finish(any.begin(p.xDType(), p.wDType()).grid(tiles(p.rows(), TILE), tiles(p.columns(), TILE)), p);
        }
    }

    private static long tiles(long size, long tile) {
        return (size + tile - 1) / tile;
    }

    private static void finish(Launch kernel, Product p) {
        kernel.pointer(p.out())
                .pointer(p.x())
                .pointer(p.w())
                .pointer(p.bias())
                .int32(p.rows())
                .int32(p.columns())
                .int32(p.depth())
                .int32(p.pitch())
                .int32(p.activation().ordinal())
                .run();
    }
}
