package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code all_reduce_loopback.cu}. */
final class AllReduceLoopback {
    /** Most ranks the kernel takes. */
    static final int MOST_RANKS = 8;

    private static final int BLOCK = 256;

    private final TypedLaunch reduce;

    AllReduceLoopback(Device device) {
        reduce = device.kernels().typed("all_reduce_loopback");
    }

    /** Every buffer, one per rank and of {@code like}'s dtype and size, becomes the sum of all. */
    void run(Tensor like, long[] buffers) {
        long elements = (long) BLOCK * TypedLaunch.group(like);
        reduce.begin(like)
                .grid((like.numel() + elements - 1) / elements)
                .block(BLOCK)
                .pointers(buffers)
                .int32(buffers.length)
                .int64(like.numel())
                .run();
    }
}
