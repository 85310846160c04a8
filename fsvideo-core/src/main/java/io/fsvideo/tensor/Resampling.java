package io.fsvideo.tensor;

/** Filters of {@link Ops#resize}; both use half-pixel centres and clamp at the border. */
public enum Resampling {
    /** Nearest neighbour: source index {@code floor((i + 0.5) * in / out)}. */
    NEAREST,
    /** Cubic convolution with a = -0.75 over 4 x 4 pixels, no antialiasing, no clamping of values: PyTorch's {@code bicubic}. */
    BICUBIC
}
