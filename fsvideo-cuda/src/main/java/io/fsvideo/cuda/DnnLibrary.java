package io.fsvideo.cuda;

/** Convolutions by a library of the device's maker, on the stream it was opened for. */
interface DnnLibrary extends AutoCloseable {
    /**
     * Bytes of working memory that {@link #convolve} wants.
     *
     * @throws io.fsvideo.tensor.BackendException when the library has no way to compute it
     */
    long workspaceBytes(DenseConvolution shape);

    /**
     * Queues a convolution with sums in F32, not in TF32.
     *
     * @param y {@code [batch, outFrames, outHeight, outWidth, outputs]}
     * @param x {@code [batch, frames, height, width, inputs]}
     * @param w {@code [outputs, kernelFrames, kernelHeight, kernelWidth, inputs]}
     * @param workspace of {@link #workspaceBytes}, 0 for none
     */
    void convolve(DenseConvolution shape, long y, long x, long w, long workspace);

    @Override
    void close();
}
