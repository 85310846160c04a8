package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * Convolution by the kernel made for it: one matrix product for single pixels, {@code conv3d} for BF16 in one group,
 * {@code depthwise_conv3d}, and {@code conv3d_simt} for everything else. A library that is wanted takes its part of them.
 */
final class Convolution {
    private static final int SIMT_TILE = 64;
    private static final int DEPTHWISE_COLUMNS = 4;
    private static final int DEPTHWISE_BLOCK = 256;

    private final DeviceMemory memory;
    private final Staging staging;
    private final Weights weights;
    private final LinearProduct linear;
    private final LibraryConvolution library;
    private final Conv3d dense;
    private final Kernels.Typed depthwise1x3x3;
    private final Kernels.Typed depthwise1x5x5;
    private final Kernels.Typed depthwise3x3x3;
    private final Kernels.Mixed simt;

    Convolution(Device device, Weights weights, LinearProduct linear) {
        memory = device.memory();
        staging = device.staging();
        this.weights = weights;
        this.linear = linear;
        library = new LibraryConvolution(device);
        dense = new Conv3d(device);
        depthwise1x3x3 = device.kernels().typed("depthwise_conv3d", "depthwise_conv3d_1x3x3");
        depthwise1x5x5 = device.kernels().typed("depthwise_conv3d", "depthwise_conv3d_1x5x5");
        depthwise3x3x3 = device.kernels().typed("depthwise_conv3d", "depthwise_conv3d_3x3x3");
        simt = device.kernels().mixed("conv3d_simt");
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        Contract.aligned("conv3d", "weight", weight);
        Contract.aligned("conv3d", "x", x);
        try (Weights.Ready w = weights.ready(weight)) {
            Call call = new Call(out, x, w, weight.shape(), bias, geometry, activation);
            if (call.isPointwise()) {
                linear.run(out, x, weight, bias, activation);
                return;
            }
            if (library.takes(call)) {
                library.run(call);
                return;
            }
            int[] taps = call.frameTaps();
            try (Scratch table = memory.scratch((long) taps.length * Integer.BYTES)) {
                staging.copyIn(table.address(), taps);
                run(call, table.address());
            }
        }
    }

    private void run(Call call, long frameTaps) {
        if (isDepthwise(call)) {
            runDepthwise(call, frameTaps);
        } else if (Conv3d.takes(call)) {
            dense.run(call, frameTaps);
        } else {
            runSimt(call, frameTaps);
        }
    }

    /** Whether {@code depthwise_conv3d.cu} computes {@code c}: kernels 1x3x3, 1x5x5 and 3x3x3 of stride 1 without an activation. */
    private static boolean isDepthwise(Call c) {
        return c.w().layout().isDepthwise()
                && (c.isKernel(1, 3, 3) || c.isKernel(1, 5, 5) || c.isKernel(3, 3, 3))
                && c.geometry().stride() == 1
                && c.activation() == Activation.NONE
                && c.w().dtype() == c.x().dtype()
                && c.x().numel() > 0;
    }

    private Kernels.Typed depthwise(Call c) {
        if (c.isKernel(3, 3, 3)) {
            return depthwise3x3x3;
        }
        return c.isKernel(1, 5, 5) ? depthwise1x5x5 : depthwise1x3x3;
    }

    private void runDepthwise(Call c, long frameTaps) {
        long rows = c.pictures() * c.out().dim(2);
        long threads =
                rows * tiles(c.out().dim(3), DEPTHWISE_COLUMNS) * tiles(c.out().dim(4), ElementKernels.group(c.x()));
        Contract.rule(
                threads <= Integer.MAX_VALUE - DEPTHWISE_BLOCK, "conv3d", "x", "small enough for 2^31 threads", c.x());
        depthwise(c)
                .begin(c.x())
                .threads(threads)
                .pointer(c.out())
                .pointer(c.x())
                .pointer(c.w().address())
                .pointer(c.bias())
                .pointer(frameTaps)
                .int32(c.x().dim(0))
                .int32(c.x().dim(1))
                .int32(c.x().dim(2))
                .int32(c.x().dim(3))
                .int32(c.x().dim(4))
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3))
                .int32(c.geometry().top())
                .int32(c.geometry().left())
                .run();
    }

    /** F32 arithmetic, any groups, kernel and stride, F32 and mixed dtypes. */
    private void runSimt(Call c, long frameTaps) {
        PackedWeight w = c.w().layout();
        long pixels = c.pictures() * c.out().dim(2) * c.out().dim(3);
        long outputs = w.outputs() / c.geometry().groups();
        Launch entry = simt.begin(c.x().dtype(), c.w().dtype())
                .grid(
                        tiles(pixels, SIMT_TILE),
                        tiles(outputs, SIMT_TILE),
                        c.geometry().groups())
                .pointer(c.out())
                .pointer(c.x())
                .pointer(c.w().address())
                .pointer(c.bias())
                .pointer(frameTaps);
        sizes(entry, c, w.inputs(), outputs);
        entry.int32(c.geometry().stride())
                .int32(c.geometry().top())
                .int32(c.geometry().left())
                .int64(w.outStride())
                .int64(w.tapStride())
                .int64(w.inStride())
                .int32(c.activation().ordinal())
                .run();
    }

    private static void sizes(Launch entry, Call c, long inputs, long outputs) {
        entry.int32(c.x().dim(0))
                .int32(c.x().dim(1))
                .int32(c.x().dim(2))
                .int32(c.x().dim(3))
                .int32(c.out().dim(1))
                .int32(c.out().dim(2))
                .int32(c.out().dim(3))
                .int32(inputs)
                .int32(outputs)
                .int32(c.kernel().dim(2))
                .int32(c.kernel().dim(3))
                .int32(c.kernel().dim(4));
    }

    private static long tiles(long size, long tile) {
        return (size + tile - 1) / tile;
    }

    /**
     * A convolution on device memory.
     *
     * @param out {@code [batch, frames, height, width, outputs]}
     * @param x {@code [batch, frames, height, width, inputs]}
     * @param w the weight, packed
     * @param kernel {@code [out, in / groups, kernelFrames, kernelHeight, kernelWidth]}
     * @param bias {@code [out]} F32 or null
     */
    record Call(
            Tensor out,
            Tensor x,
            Weights.Ready w,
            Shape kernel,
            Tensor bias,
            Conv3dGeometry geometry,
            Activation activation) {
        Call {
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
}
