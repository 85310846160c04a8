package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/**
 * Launches {@code gemm.cu}: {@code out = activation(x w^T + bias)} in BF16, or that added to a residual in BF16 or F32. Rows of x and w must be multiples of 8 wide and aligned to 16
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
    private final Kernels.Typed wide;
    private final Kernels.Typed narrow;
    private final Kernels.Typed plain;
    private final TensorMap rowsMap = new TensorMap(DEPTH, TILE, 1);
    private final TensorMap wideMap = new TensorMap(DEPTH, WIDE, 1);
    private final TensorMap narrowMap = new TensorMap(DEPTH, TILE, 1);

    Gemm(Device device) {
        hopper = device.report().hasHopperCode();
        processors = device.report().processors();
        wide = entries(device, "gemm_128x256");
        narrow = entries(device, "gemm_128x128");
        plain = entries(device, "gemm_sm80");
    }

    private static Kernels.Typed entries(Device device, String name) {
        return new Kernels.Typed(
                device.kernels().entry("gemm", name), device.kernels().entry("gemm", name + "_to_f32"));
    }

    /** The entry for the result's dtype. */
    private static Launch entry(Kernels.Typed entries, Product o) {
        boolean wideResult = o.residual() != null && o.residual().sum().dtype() == DType.F32;
        return wideResult ? entries.f32() : entries.bf16();
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
            runPlain(entry(plain, o), o);
        } else if (isWideFaster(o.rows(), o.columns(), processors)) {
            runTiles(entry(wide, o), wideMap, WIDE, o);
        } else {
            runTiles(entry(narrow, o), narrowMap, TILE, o);
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

    private void runTiles(Launch entry, TensorMap map, int columns, Product o) {
        long tiles = tiles(o.rows(), TILE) * tiles(o.columns(), columns);
        entry.begin()
                .grid(Math.min(tiles, processors))
                .pointer(o.out())
                .tensorMap(matrix(rowsMap, o.x(), o.rows(), o.depth()))
                .tensorMap(matrix(map, o.w(), o.columns(), o.depth()));
        finish(entry, o)
                .int32(o.depth())
                .int32(1)
                .int32(rowsPerGate(o))
                .int32(o.activation().ordinal())
                .run();
    }

    private static TensorMap matrix(TensorMap map, long address, long rows, long depth) {
        return map.at(address).dense(0, depth).dense(1, rows).dense(2, 1);
    }

    private static void runPlain(Launch entry, Product o) {
        entry.begin()
                .grid(tiles(o.columns(), TILE), tiles(o.rows(), TILE))
                .pointer(o.out())
                .pointer(o.x())
                .pointer(o.w());
        finish(entry, o)
                .int32(o.depth())
                .int32(rowsPerGate(o))
                .int32(o.activation().ordinal())
                .run();
    }

    private static long rowsPerGate(Product o) {
        return o.residual() == null ? 1 : o.residual().rowsPerGate();
    }

    /** Bias, residual, gate, rows and columns. */
    private static Launch finish(Launch entry, Product o) {
        Product.Residual residual = o.residual();
        return entry.pointer(o.bias())
                .pointer(residual == null ? null : residual.sum())
                .pointer(residual == null ? null : residual.gate())
                .int32(o.rows())
                .int32(o.columns());
    }
}
