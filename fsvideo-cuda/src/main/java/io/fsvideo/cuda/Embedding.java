package io.fsvideo.cuda;

import io.fsvideo.tensor.Tensor;

/** Launches {@code embedding.cu}: one block per id. */
final class Embedding {
    private static final int BLOCK = 128;

    private final Launch kernel;

    Embedding(Device device) {
        kernel = device.kernels().entry("embedding", "embedding");
    }

    void run(Tensor out, Tensor ids, Tensor table) {
        kernel.begin()
                .grid(ids.numel())
                .block(BLOCK)
                .pointer(out)
                .pointer(ids)
                .pointer(table)
                .int64(table.dim(1) * table.dtype().bytes())
                .int32(table.dim(0))
                .run();
    }
}
