package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code slice.cu}: a thread for 16 bytes. */
final class Slice {
    private static final int BLOCK = 256;
    private static final int CHUNK = 16;

    private final Launch kernel;

    Slice(Device device) {
        kernel = device.kernels().entry("slice", "slice");
    }

    void run(Tensor out, Tensor x, int axis, long from) {
        long rows = 1;
        for (int i = 0; i < axis; i++) {
            rows *= x.dim(i);
        }
        long rowBytes = out.numel() / rows * out.dtype().bytes();
        long entryBytes = rowBytes / out.dim(axis);
        kernel.begin()
                .threads(rows * ((rowBytes + CHUNK - 1) / CHUNK), BLOCK)
                .pointer(out)
                .pointer(x.address() + from * entryBytes)
                .int64(x.dim(axis) * entryBytes)
                .int64(rowBytes)
                .int64(rows)
                .run();
    }
}
