package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * A convolution on device memory.
 *
 * @param out {@code [batch, frames, height, width, outputs]}
 * @param x {@code [batch, frames, height, width, inputs]}
 * @param w the weight, packed
 * @param kernel {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]}
 * @param bias {@code [out]} F32 or null
 */
record ConvolutionCall(
        Tensor out,
        Tensor x,
        Weights.Ready w,
        Shape kernel,
        Tensor bias,
        Conv3dGeometry geometry,
        Activation activation) {
    ConvolutionCall {
        Contract.aligned("conv3d", "out", out);
        Contract.aligned("conv3d", "x", x);
        Contract.aligned("conv3d", "weight", w.address());
        Contract.bias("conv3d", bias, kernel.dim(0));
        if (x.dim(4) != kernel.dim(1) * geometry.groups()) {
            throw Contract.broken(
                    "conv3d", "x", "of " + kernel.dim(1) + " channels in " + geometry.groups() + " groups", x);
        }
        if (out.dtype() != x.dtype() || !out.shape().equals(result(x, kernel, geometry))) {
            throw Contract.broken("conv3d", "out", result(x, kernel, geometry) + " " + x.dtype(), out);
        }
    }

    private static Shape result(Tensor x, Shape kernel, Conv3dGeometry geometry) {
        return Shape.of(
                x.dim(0),
                geometry.taps().outputs(),
                geometry.outputHeight(x.dim(2), kernel.dim(3)),
                geometry.outputWidth(x.dim(3), kernel.dim(4)),
                kernel.dim(0));
    }

    /** Output frames of all batch entries. */
    long pictures() {
        return out.dim(0) * out.dim(1);
    }

    boolean isKernel(int frames, int height, int width) {
        return kernel.dim(2) == frames && kernel.dim(3) == height && kernel.dim(4) == width;
    }

    /** Whether every output pixel is a product of the input pixel at the same place with one matrix. */
    boolean isPointwise() {
        if (!isKernel(1, 1, 1) || geometry.groups() != 1 || geometry.stride() != 1 || out.numel() == 0) {
            return false;
        }
        for (int t = 0; t < geometry.taps().outputs(); t++) {
            if (geometry.taps().source(t, 0) != t) {
                return false;
            }
        }
        return out.shape().with(-1, x.dim(-1)).equals(x.shape());
    }

    /** Entries of the table of frames, as kernels read it. */
    int[] frameTaps() {
        int taps = geometry.taps().kernel();
        int[] table = new int[geometry.taps().outputs() * taps];
        for (int i = 0; i < table.length; i++) {
            table[i] = geometry.taps().source(i / taps, i % taps);
        }
        return table;
    }
}
