package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/**
 * Launches {@code conv3d.cu}: BF16, one group. On Hopper stride 1 takes boxes by TMA, in tiles of 16 outputs where there are no more;
 * other strides and processors take the sm_80 entry. Input channels that are no multiple of 8 are copied to one.
 */
final class Conv3d {
    private static final int CHANNELS = 64;
    private static final int TILE_WIDTH = 16;
    private static final int TILE_HEIGHT = 8;
    private static final int PLAIN_TILE = 128;
    private static final int FEW = 16;
    private static final int MANY = 128;

    private final boolean hopper;
    private final Device device;
    private final Launch many;
    private final Launch few;
    private final Launch plain;
    private final TensorMap xMap = new TensorMap(CHANNELS, TILE_WIDTH, TILE_HEIGHT, 1, 1);
    private final TensorMap manyMap = new TensorMap(CHANNELS, 1, MANY);
    private final TensorMap fewMap = new TensorMap(CHANNELS, 1, FEW);

    Conv3d(Device device) {
        hopper = device.report().hasHopperCode();
        this.device = device;
        many = device.kernels().entry("conv3d", "conv3d_128");
        few = device.kernels().entry("conv3d", "conv3d_16");
        plain = device.kernels().entry("conv3d", "conv3d_sm80");
    }

    /** Whether this kernel computes {@code c}; it needs something to read. */
    static boolean takes(Convolution.Call c) {
        return c.geometry().groups() == 1
                && c.x().dtype() == DType.BF16
                && c.w().dtype() == DType.BF16
                && c.x().numel() > 0;
    }

    void run(Convolution.Call c, long frameTaps) {
        Contract.rule(takes(c), "conv3d", "x and weight", "BF16, not empty, in one group", c.x());
        try (AlignedRows x = AlignedRows.of(c.x(), device)) {
            if (!hopper || c.geometry().stride() != 1) {
                runPlain(c, x, frameTaps);
            } else if (c.out().dim(4) <= FEW) {
                runTiles(few, fewMap, FEW, c, x, frameTaps);
            } else {
                runTiles(many, manyMap, MANY, c, x, frameTaps);
            }
        }
    }

    private void runTiles(Launch entry, TensorMap map, int outputs, Convolution.Call c, AlignedRows x, long frameTaps) {
        long tiles = tiles(c.out().dim(3), TILE_WIDTH) * tiles(c.out().dim(2), TILE_HEIGHT);
        entry.begin()
                .grid(tiles(c.out().dim(4), outputs), tiles, c.pictures())
                .pointer(c.out())
                .tensorMap(xMap(c, x))
                .tensorMap(map.at(c.w().address())
                        .dense(0, x.width())
                        .dense(1, c.w().layout().taps())
                        .dense(2, c.out().dim(4)))
                .pointer(c.bias())
                .pointer(0)
                .pointer(frameTaps)
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3));
        kernel(entry, c, x);
        finish(entry, c);
    }

    private TensorMap xMap(Convolution.Call c, AlignedRows x) {
        xMap.at(x.address()).dense(0, x.width());
        for (int axis = 1; axis < xMap.rank(); axis++) {
            xMap.dense(axis, c.x().dim(4 - axis));
        }
        return xMap;
    }

    private void runPlain(Convolution.Call c, AlignedRows x, long frameTaps) {
        plain.begin()
                .grid(
                        tiles(c.out().dim(4), MANY),
                        tiles(c.out().dim(2) * c.out().dim(3), PLAIN_TILE),
                        c.pictures())
                .pointer(c.out())
                .pointer(x.address())
                .pointer(c.w().address())
                .pointer(c.bias())
                .pointer(0)
                .pointer(frameTaps)
                .int32(c.x().dim(1))
                .int32(c.x().dim(2))
                .int32(c.x().dim(3))
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3));
        kernel(plain, c, x).int32(c.geometry().stride());
        finish(plain, c);
    }

    private static Launch kernel(Launch entry, Convolution.Call c, AlignedRows x) {
        return entry.int32(x.width())
                .int32(c.out().dim(4))
                .int32(c.kernel().dim(2))
                .int32(c.kernel().dim(3))
                .int32(c.kernel().dim(4));
    }

    /** Padding, activation, and no rearrangement of the output. */
    private static void finish(Launch entry, Convolution.Call c) {
        entry.int32(c.geometry().top())
                .int32(c.geometry().left())
                .int32(c.activation().ordinal())
                .int32(0)
                .int32(1)
                .int32(1)
                .run();
    }

    private static long tiles(long size, long tile) {
        return (size + tile - 1) / tile;
    }
}
