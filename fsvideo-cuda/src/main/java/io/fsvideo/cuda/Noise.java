package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code noise.cu}: a thread for 16 bytes. */
final class Noise {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    Noise(Device device) {
        kernel = device.kernels().typed("noise");
    }

    void run(Tensor out, long seed, int stream) {
        long count = out.numel();
        int group = TypedLaunch.group(out);
        kernel.begin(out)
                .threads((count + group - 1) / group, BLOCK)
                .pointer(out)
                .int64(count)
                .int64(seed)
                .int32(stream)
                .run();
    }
}
