package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/** Launches {@code quantize_rows.cu}: rows as E4M3 codes, each with a scale of its own. */
final class QuantizeRows {
    /** Widest row that the kernel holds. */
    static final long WIDEST = 16384;

    private static final int WARP = 32;
    private static final int PER_THREAD = 32;

    private final TypedLaunch entries;

    QuantizeRows(Device device) {
        entries = device.kernels().typed("quantize_rows");
    }

    /**
     * @param codes {@code [rows, dim]} E4M3
     * @param scales {@code [rows]} F32
     * @param x {@code [rows, dim]} of {@code dtype}, BF16 or F32
     */
    void run(long codes, long scales, DType dtype, long x, long rows, long dim) {
        Contract.aligned("quantizeRows", "codes", codes);
        Contract.aligned("quantizeRows", "scales", scales);
        Contract.aligned("quantizeRows", "x", x);
        Contract.rule(dim >= 1 && dim <= WIDEST, "quantizeRows", "dim", "1..16384", dim);
        long warps = (dim + WARP * PER_THREAD - 1) / (WARP * PER_THREAD);
        (dtype == DType.BF16 ? entries.bf16() : entries.f32())
                .begin()
                .grid(rows)
                .block((int) warps * WARP)
                .pointer(codes)
                .pointer(scales)
                .pointer(x)
                .int32(dim)
                .run();
    }
}
