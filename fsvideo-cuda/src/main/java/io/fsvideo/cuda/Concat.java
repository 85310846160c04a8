package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Launches {@code concat.cu} once per part. */
final class Concat {
    private static final int BLOCK = 256;
    private static final int CHUNK = 16;

    private final Launch kernel;

    Concat(Device device) {
        kernel = device.kernels().entry("concat", "concat");
    }

    void run(Tensor out, List<Tensor> parts, int axis) {
        long rows = 1;
        for (int i = 0; i < axis; i++) {
            rows *= out.dim(i);
        }
        long pitch = out.numel() / rows * out.dtype().bytes();
        long at = out.address();
        for (int i = 0; i < parts.size(); i++) {
            Tensor part = parts.get(i);
            long rowBytes = part.numel() / rows * part.dtype().bytes();
            if (rowBytes == 0) {
                continue;
            }
            kernel.begin()
                    .threads(rows * ((rowBytes + CHUNK - 1) / CHUNK), BLOCK)
                    .pointer(at)
                    .pointer(part)
                    .int64(pitch)
                    .int64(rowBytes)
                    .int64(rows)
                    .run();
            at += rowBytes;
        }
    }
}
