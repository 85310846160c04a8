package io.fsvideo.cuda;

import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;

/** Launches {@code resize.cu}: a thread for 16 bytes of a pixel's channels. */
final class Resize {
    private static final int BLOCK = 256;

    private final TypedLaunch nearest;
    private final TypedLaunch bicubic;

    Resize(Device device) {
        nearest = device.kernels().typed("resize", "resize_nearest");
        bicubic = device.kernels().typed("resize", "resize_bicubic");
    }

    void run(Tensor out, Tensor x, Resampling resampling) {
        int group = TypedLaunch.group(x);
        long planes = x.dim(0) * x.dim(1);
        long channels = x.dim(4);
        (resampling == Resampling.NEAREST ? nearest : bicubic)
                .begin(x)
                .threads(planes * out.dim(2) * out.dim(3) * ((channels + group - 1) / group), BLOCK)
                .pointer(out)
                .pointer(x)
                .int64(planes)
                .int32(out.dim(2))
                .int32(out.dim(3))
                .int32(x.dim(2))
                .int32(x.dim(3))
                .int32(channels)
                .run();
    }
}
