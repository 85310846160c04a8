package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/** Convolutions by a library of the device's maker, on the stream it was opened for. */
interface DnnLibrary extends AutoCloseable {
    /**
     * Bytes of working memory that {@link #convolve} wants.
     *
     * @throws io.fsvideo.tensor.BackendException when the library has no way to compute it
     */
    long workspaceBytes(Shape shape);

    /**
     * Queues a convolution with sums in F32, not in TF32.
     *
     * @param y {@code [batch, outFrames, outHeight, outWidth, outputs]}
     * @param x {@code [batch, frames, height, width, inputs]}
     * @param w {@code [outputs, kernelFrames, kernelHeight, kernelWidth, inputs]}
     * @param workspace of {@link #workspaceBytes}, 0 for none
     */
    void convolve(Shape shape, long y, long x, long w, long workspace);

    @Override
    void close();

    /**
     * Sizes of a convolution as cuDNN knows it: one group, channels innermost, no padding in time, the same zeros on opposite sides.
     *
     * @param dtype of all three tensors
     * @param top rows of zeros above and below
     * @param left columns of zeros before and after
     */
    record Shape(
            DType dtype,
            int batch,
            int frames,
            int height,
            int width,
            int inputs,
            int outputs,
            int kernelFrames,
            int kernelHeight,
            int kernelWidth,
            int stride,
            int top,
            int left) {
        int outFrames() {
            return frames - kernelFrames + 1;
        }

        int outHeight() {
            return (height + 2 * top - kernelHeight) / stride + 1;
        }

        int outWidth() {
            return (width + 2 * left - kernelWidth) / stride + 1;
        }

        Shape withFrames(int newBatch, int newFrames) {
            return new Shape(
                    dtype,
                    newBatch,
                    newFrames,
                    height,
                    width,
                    inputs,
                    outputs,
                    kernelFrames,
                    kernelHeight,
                    kernelWidth,
                    stride,
                    top,
                    left);
        }

        /** Elements of an input frame. */
        long inFrame() {
            return (long) height * width * inputs;
        }

        /** Elements of an output frame. */
        long outFrame() {
            return (long) outHeight() * outWidth() * outputs;
        }
    }
}
