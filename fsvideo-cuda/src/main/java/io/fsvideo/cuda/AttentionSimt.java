package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/** Launches {@code attention_simt.cu}: F32 arithmetic, any head size up to {@link #LARGEST_HEAD}. */
final class AttentionSimt {
    static final int LARGEST_HEAD = 512;

    private static final int QUERIES = 16;
    private static final int KEYS = 32;

    private final TypedLaunch entries;

    AttentionSimt(Device device) {
        entries = device.kernels().typed("attention_simt");
    }

    void run(AttentionCall c) {
        Contract.rule(c.headDim() <= LARGEST_HEAD, "attention", "headDim", "at most " + LARGEST_HEAD, c.headDim());
        long side = c.headDim() | 1;
        (c.dtype() == DType.BF16 ? entries.bf16() : entries.f32())
                .begin()
                .grid((c.queries() + QUERIES - 1) / QUERIES, c.heads(), c.batch())
                .block(256)
                .shared((int) (Float.BYTES * (QUERIES * (side + KEYS + 1) + KEYS * side)))
                .pointer(c.out())
                .pointer(c.q())
                .pointer(c.k())
                .pointer(c.v())
                .pointer(c.bias())
                .int32(c.queries())
                .int32(c.keys())
                .int32(c.keyRows())
                .int32(c.heads())
                .int32(c.headDim())
                .float32(c.scale())
                .run();
    }
}
