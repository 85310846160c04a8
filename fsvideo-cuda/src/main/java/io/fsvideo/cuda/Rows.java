package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launch sizes of the kernels that give a block to each row; a thread takes eight values at a time. */
final class Rows {
    private static final int WARP = 32;
    private static final int VALUES = 8;

    private Rows() {}

    /** Threads for a row of {@code dim} values: whole warps, no more than take it all at once, at most {@code most}. */
    static int block(long dim, int most) {
        long threads = (dim + VALUES - 1) / VALUES;
        return (int) Math.min(most, (threads + WARP - 1) / WARP * WARP);
    }

    /** Rows of the last axis. */
    static long count(Tensor x) {
        return x.numel() / x.dim(-1);
    }
}
