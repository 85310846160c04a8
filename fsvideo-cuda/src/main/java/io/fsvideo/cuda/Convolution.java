package io.fsvideo.cuda;

import io.fsvideo.cuda.DeviceMemory.Scratch;
import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Tensor;

/**
 * Convolution by the kernel made for it: one matrix product for single pixels, {@code conv3d} for BF16 in one group,
 * {@code depthwise_conv3d}, and {@code conv3d_simt} for everything else. A library that is wanted takes its part of them.
 */
final class Convolution {
    private final DeviceMemory memory;
    private final Staging staging;
    private final Weights weights;
    private final LinearProduct linear;
    private final LibraryConvolution library;
    private final Conv3d dense;
    private final DepthwiseConv3d depthwise;
    private final Conv3dSimt simt;

    Convolution(Device device, DeviceCopies copies, Weights weights, LinearProduct linear) {
        memory = device.memory();
        staging = device.staging();
        this.weights = weights;
        this.linear = linear;
        library = new LibraryConvolution(device, copies);
        dense = new Conv3d(device, copies);
        depthwise = new DepthwiseConv3d(device);
        simt = new Conv3dSimt(device);
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        Contract.aligned("conv3d", "weight", weight);
        Contract.aligned("conv3d", "x", x);
        try (Weights.Ready w = weights.ready(weight)) {
            ConvolutionCall call = new ConvolutionCall(out, x, w, weight.shape(), bias, geometry, activation);
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

    private void run(ConvolutionCall call, long frameTaps) {
        if (DepthwiseConv3d.takes(call)) {
            depthwise.run(call, frameTaps);
        } else if (Conv3d.takes(call)) {
            dense.run(call, frameTaps);
        } else {
            simt.run(call, frameTaps);
        }
    }
}
