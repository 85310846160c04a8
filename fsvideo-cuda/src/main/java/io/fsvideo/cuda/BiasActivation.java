package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.DType;

/** Launches {@code bias_activation.cu}: what a library's product lacks, in place. */
final class BiasActivation {
    private static final int MOST_THREADS = 256;
    private static final int WARP = 32;
    private static final int GROUP = 8;

    private final TypedLaunch entries;

    BiasActivation(Device device) {
        entries = device.kernels().typed("bias_activation");
    }

    /** Whether {@code p} has anything to add to the bare product. */
    static boolean isNeeded(Product p) {
        return p.bias() != 0 || p.activation() != Activation.NONE;
    }

    void run(Product p) {
        long warps = (p.columns() + WARP * GROUP - 1) / (WARP * GROUP);
        (p.xDType() == DType.BF16 ? entries.bf16() : entries.f32())
                .begin()
                .grid(p.rows())
                .block((int) Math.min(MOST_THREADS, warps * WARP))
                .pointer(p.out())
                .pointer(p.bias())
                .int32(p.columns())
                .int32(p.activation().ordinal())
                .run();
    }
}
