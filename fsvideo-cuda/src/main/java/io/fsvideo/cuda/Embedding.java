package io.fsvideo.cuda;

import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Launches {@code embedding.cu}: one block per id. Ids are read back first, as a kernel cannot refuse a wrong one. */
final class Embedding {
    private static final int BLOCK = 128;

    private final Launch kernel;
    private final Staging staging;

    Embedding(Device device) {
        kernel = device.kernels().entry("embedding", "embedding");
        staging = device.staging();
    }

    void run(Tensor out, Tensor ids, Tensor table) {
        requireRows(ids, table);
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

    private void requireRows(Tensor ids, Tensor table) {
        ByteBuffer rows = ByteBuffer.allocate(Math.toIntExact(ids.numel() * Integer.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        staging.copyOut(rows, ids.address());
        rows.flip();
        while (rows.hasRemaining()) {
            int id = rows.getInt();
            if (id < 0 || id >= table.dim(0)) {
                throw new ShapeException("embedding: ids must be within 0.." + (table.dim(0) - 1) + " for " + table
                        + ", got " + id + " in " + ids);
            }
        }
    }
}
