package io.fsvideo.cuda;

import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;

/**
 * Where the elements of a packed weight lie. Inputs are innermost and padded with zeros to a multiple of 8, as TMA wants; depthwise
 * weights are {@code [taps, channels]}.
 *
 * @param outputs output channels
 * @param taps elements of the kernel in time and space; 1 for a linear weight
 * @param inputs input channels of a group
 * @param outStride elements between neighbouring outputs
 * @param tapStride elements between neighbouring taps
 * @param inStride elements between neighbouring inputs
 */
record PackedWeight(long outputs, long taps, long inputs, long outStride, long tapStride, long inStride) {
    /** Channels that a row of BF16 is padded to. */
    static final long CHANNELS = 8;

    static PackedWeight of(Tensor weight) {
        return of(weight.layout(), weight.shape());
    }

    /** @param shape of the plain weight, as {@link Layout} says */
    static PackedWeight of(Layout layout, Shape shape) {
        long outputs = shape.dim(0);
        long inputs = shape.dim(1);
        long taps = shape.rank() == 2 ? 1 : shape.dim(2) * shape.dim(3) * shape.dim(4);
        if (layout.groups() > 1 && inputs == 1 && outputs == layout.groups()) {
            return new PackedWeight(outputs, taps, 1, 1, outputs, 0);
        }
        long pitch = padded(inputs);
        return new PackedWeight(outputs, taps, inputs, taps * pitch, pitch, 1);
    }

    /** {@code channels} rounded up to {@link #CHANNELS}. */
    static long padded(long channels) {
        return (channels + CHANNELS - 1) / CHANNELS * CHANNELS;
    }

    /** Whether every channel has its own kernel and is its own output. */
    boolean isDepthwise() {
        return inStride == 0;
    }

    long elements() {
        return isDepthwise() ? taps * outputs : outputs * outStride;
    }
}
