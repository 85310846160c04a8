package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;

/**
 * Launches {@code gemm_fp8.cu}: {@code out = activation(s + bias)} with {@code s} the product of E4M3 codes times the scales of its row and
 * column. Depth must be a multiple of 16. Code for sm_90a on Hopper, the sm_80 entry elsewhere.
 */
final class GemmFp8 {
    private static final int TILE = 128;
    private static final int DEPTH = 128;

    private final boolean hopper;
    private final int processors;
    private final Launch tiles;
    private final Launch plain;
    private final TensorMap xMap = TensorMap.bytes(DEPTH, TILE, 1);
    private final TensorMap wMap = TensorMap.bytes(DEPTH, TILE, 1);

    GemmFp8(Device device) {
        hopper = device.report().hasHopperCode();
        processors = device.report().processors();
        tiles = device.kernels().entry("gemm_fp8", "gemm_fp8_128x128");
        plain = device.kernels().entry("gemm_fp8", "gemm_fp8_sm80");
    }

    /**
     * @param codes {@code [rows, depth]} E4M3
     * @param scales {@code [rows]} F32
     */
    record Operand(long codes, long scales, long rows) {
        Operand {
            Contract.aligned("gemmFp8", "codes", codes);
            Contract.aligned("gemmFp8", "scales", scales);
        }
    }

    /** @param out {@code [x.rows, w.rows]} BF16 */
    void run(long out, Operand x, Operand w, long bias, long depth, Activation activation) {
        Contract.aligned("gemmFp8", "out", out);
        Contract.rule(depth > 0 && depth % 16 == 0, "gemmFp8", "depth", "a positive multiple of 16", depth);
        long columns = tiles(w.rows);
        if (hopper) {
            tiles.begin()
                    .grid(Math.min(tiles(x.rows) * columns, processors))
                    .pointer(out)
                    .tensorMap(matrix(xMap, x, depth))
                    .tensorMap(matrix(wMap, w, depth));
            sizes(tiles, x, w, bias, depth)
                    .int32(1)
                    .int32(1)
                    .int32(activation.ordinal())
                    .run();
        } else {
            plain.begin()
                    .grid(columns, tiles(x.rows))
                    .pointer(out)
                    .pointer(x.codes)
                    .pointer(w.codes);
            sizes(plain, x, w, bias, depth).int32(1).int32(activation.ordinal()).run();
        }
    }

    /** Scales, bias, no residual, no gate, and sizes. */
    private static Launch sizes(Launch entry, Operand x, Operand w, long bias, long depth) {
        return entry.pointer(x.scales)
                .pointer(w.scales)
                .pointer(bias)
                .pointer(0)
                .pointer(0)
                .int32(x.rows)
                .int32(w.rows)
                .int32(depth);
    }

    private static TensorMap matrix(TensorMap map, Operand o, long depth) {
        return map.at(o.codes).dense(0, depth).dense(1, o.rows).dense(2, 1);
    }

    private static long tiles(long size) {
        return (size + TILE - 1) / TILE;
    }
}
