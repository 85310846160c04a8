package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;

/**
 * Sizes of a convolution as cuDNN knows it: one group, channels innermost, no padding in time, the same zeros on opposite sides.
 *
 * @param dtype of all three tensors
 * @param top rows of zeros above and below
 * @param left columns of zeros before and after
 */
record DenseConvolution(
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

    DenseConvolution withFrames(int newBatch, int newFrames) {
        return new DenseConvolution(
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
