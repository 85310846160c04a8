package io.fsvideo.cuda;

/** Launches {@code gemm_simt.cu}: products in F32 arithmetic, for F32 operands and mixed dtypes; any sizes. */
final class GemmSimt {
    private static final int TILE = 64;

    private final SimtEntries entries;

    GemmSimt(Device device) {
        entries = new SimtEntries(device, "gemm_simt");
    }

    void run(Product p) {
        entries.begin(p.xDType(), p.wDType())
                .grid((p.rows() + TILE - 1) / TILE, (p.columns() + TILE - 1) / TILE)
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
