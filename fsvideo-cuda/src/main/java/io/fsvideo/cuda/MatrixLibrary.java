package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import jcuda.cudaDataType;

/** Products of matrices by a library of the device's maker, on the stream it was opened for. */
interface MatrixLibrary extends AutoCloseable {
    /** Queues {@code c = a^T b} with sums in F32, not in TF32. */
    void multiply(ColumnMajor product);

    @Override
    void close();

    /**
     * {@code c = a^T b} as BLAS sees it, columns outermost. A row-major {@code out = x w^T} is this with the operands exchanged:
     * {@code out^T = w x^T}, where row-major memory is already the transpose.
     *
     * @param m rows of c: the columns of {@code out}
     * @param n columns of c: the rows of {@code out}
     * @param k length of a sum
     * @param a {@code w}, transposed, {@code lda} elements between its columns
     * @param b {@code x}, as it is
     * @param type cudaDataType of all three
     */
    record ColumnMajor(int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc, int type) {
        static ColumnMajor of(Product p) {
            if (p.xDType() != p.wDType()) {
                throw Contract.broken("linear", "operands of cuBLAS", "of one dtype", p);
            }
            return new ColumnMajor(
                    int32(p.columns()),
                    int32(p.rows()),
                    int32(p.depth()),
                    p.w(),
                    int32(p.pitch()),
                    p.x(),
                    int32(p.depth()),
                    p.out(),
                    int32(p.columns()),
                    p.xDType() == DType.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F);
        }

        private static int int32(long size) {
            Contract.rule(size <= Integer.MAX_VALUE, "linear", "sizes for cuBLAS", "below 2^31", size);
            return (int) size;
        }
    }
}
