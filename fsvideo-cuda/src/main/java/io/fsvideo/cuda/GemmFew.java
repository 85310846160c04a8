package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/** Launches {@code gemm_few.cu}: few rows of F32, bound by reading the weight, as the projections of a time embedding are. */
final class GemmFew {
    /** Rows up to which the weight is read at most twice. */
    private static final long MOST_ROWS = 8;

    private static final int ROWS = 4;
    private static final int COLUMNS = 8;

    private final Launch f32;
    private final Launch bf16;

    GemmFew(Device device) {
        f32 = device.kernels().entry("gemm_few", "gemm_few_f32_f32");
        bf16 = device.kernels().entry("gemm_few", "gemm_few_f32_bf16");
    }

    /** Whether this kernel is the one for {@code p}. */
    static boolean takes(Product p) {
        return p.xDType() == DType.F32 && p.wDType().isCompute() && p.rows() <= MOST_ROWS;
    }

    void run(Product p) {
        Contract.rule(takes(p), "gemmFew", "x", "at most 8 rows of F32", p);
        (p.wDType() == DType.BF16 ? bf16 : f32)
                .begin()
                .grid((p.columns() + COLUMNS - 1) / COLUMNS, (p.rows() + ROWS - 1) / ROWS)
                .block(256)
                .pointer(p.out())
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
