package io.fsvideo.cuda;

/** Products of matrices by a library of the device's maker, on the stream it was opened for. */
interface MatrixLibrary extends AutoCloseable {
    /** Queues {@code c = a^T b} with sums in F32, not in TF32. */
    void multiply(ColumnMajorProduct product);

    @Override
    void close();
}
