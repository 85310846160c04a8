package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code channel_average.cu}: a thread for 16 bytes of the result. */
final class ChannelAverage {
    private static final int BLOCK = 256;

    private final TypedLaunch kernel;

    ChannelAverage(Device device) {
        kernel = device.kernels().typed("channel_average");
    }

    void run(Tensor out, Tensor x) {
        long count = out.numel();
        int group = TypedLaunch.group(out);
        kernel.begin(out)
                .threads((count + group - 1) / group, BLOCK)
                .pointer(out)
                .pointer(x)
                .int32(x.dim(-1) / out.dim(-1))
                .int64(count)
                .run();
    }
}
