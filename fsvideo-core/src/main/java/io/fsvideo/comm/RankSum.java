package io.fsvideo.comm;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Floats;
import java.nio.ByteBuffer;

/** Adds the ranks' numbers in rank order, in F32 whatever the dtype, and rounds once: the definition of every communicator's sum. */
final class RankSum {
    private final float[] total;
    private final float[] next;

    /** @param bytes most bytes of one part */
    RankSum(int bytes) {
        total = new float[bytes / DType.BF16.bytes()];
        next = new float[total.length];
    }

    /** Writes the sum of the rests of {@code parts}, all of one length, to {@code target}. */
    void sum(DType dtype, ByteBuffer[] parts, ByteBuffer target) {
        int count = parts[0].remaining() / dtype.bytes();
        Floats.decode(dtype, parts[0], total, 0, count);
        for (int rank = 1; rank < parts.length; rank++) {
            Floats.decode(dtype, parts[rank], next, 0, count);
            for (int i = 0; i < count; i++) {
                total[i] += next[i];
            }
        }
        Floats.encode(dtype, total, 0, count, target);
    }
}
