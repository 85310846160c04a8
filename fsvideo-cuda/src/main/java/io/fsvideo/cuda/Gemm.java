package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/**
 * Launches {@code gemm.cu}: {@code out = activation(x w^T + bias)} in BF16. Rows of x and w must be multiples of 8 wide and aligned to 16
 * bytes: the caller pads them. Code for sm_90a on Hopper, the sm_80 entry elsewhere.
 */
final class Gemm {
    private static final int TILE = 128;
    private static final int WIDE = 256;
    private static final int DEPTH = 64;
    /** Time of a 128 x 128 tile in halves of a 128 x 256 tile's: it reads more per product. Predicted. */
    private static final double NARROW_COST = 1.1;

    private final boolean hopper;
    private final int processors;
    private final Launch wide;
    private final Launch narrow;
    private final Launch plain;
    private final TensorMap rowsMap = new TensorMap(DEPTH, TILE, 1);
    private final TensorMap wideMap = new TensorMap(DEPTH, WIDE, 1);
    private final TensorMap narrowMap = new TensorMap(DEPTH, TILE, 1);

    Gemm(Device device) {
        hopper = device.report().hasHopperCode();
        processors = device.report().processors();
        wide = device.kernels().entry("gemm", "gemm_128x256");
        narrow = device.kernels().entry("gemm", "gemm_128x128");
        plain = device.kernels().entry("gemm", "gemm_sm80");
    }

    void run(Product o) {
        Contract.rule(o.xDType() == DType.BF16 && o.wDType() == DType.BF16, "gemm", "operands", "BF16", o);
        Contract.rule(
                o.depth() > 0 && o.depth() % 8 == 0 && o.pitch() == o.depth(),
                "gemm",
                "depth",
                "a positive multiple of 8 without gaps",
                o);
        if (!hopper) {
            runPlain(o);
        } else if (isWideFaster(o.rows(), o.columns(), processors)) {
            runTiles(wide, wideMap, WIDE, 197632, o);
        } else {
            runTiles(narrow, narrowMap, TILE, 164864, o);
        }
    }

    /** Whether tiles of 128 x 256 are predicted to finish in less time than tiles of 128 x 128, by whole waves of tiles. */
    static boolean isWideFaster(long rows, long columns, int processors) {
        long waves = waves(tiles(rows, TILE) * tiles(columns, WIDE), processors);
        return 2 * waves <= NARROW_COST * waves(tiles(rows, TILE) * tiles(columns, TILE), processors);
    }

    private static long waves(long tiles, int processors) {
        return (tiles + processors - 1) / processors;
    }

    private static long tiles(long size, long tile) {
        return (size + tile - 1) / tile;
    }

    private void runTiles(Launch entry, TensorMap map, int columns, int sharedBytes, Product o) {
        long tiles = tiles(o.rows(), TILE) * tiles(o.columns(), columns);
        entry.begin()
                .grid(Math.min(tiles, processors))
                .block(384)
                .shared(sharedBytes)
                .pointer(o.out())
                .tensorMap(matrix(rowsMap, o.x(), o.rows(), o.depth()))
                .tensorMap(matrix(map, o.w(), o.columns(), o.depth()));
        finish(entry, o)
                .int32(o.depth())
                .int32(1)
                .int32(1)
                .int32(o.activation().ordinal())
                .run();
    }

    private static TensorMap matrix(TensorMap map, long address, long rows, long depth) {
        return map.at(address).dense(0, depth).dense(1, rows).dense(2, 1);
    }

    private void runPlain(Product o) {
        plain.begin()
                .grid(tiles(o.columns(), TILE), tiles(o.rows(), TILE))
                .block(256)
                .shared(32768)
                .pointer(o.out())
                .pointer(o.x())
                .pointer(o.w());
        finish(plain, o)
                .int32(o.depth())
                .int32(1)
                .int32(o.activation().ordinal())
                .run();
    }

    /** Bias, no residual, no gate, rows and columns. */
    private static Launch finish(Launch entry, Product o) {
        return entry.pointer(o.bias()).pointer(0).pointer(0).int32(o.rows()).int32(o.columns());
    }
}
