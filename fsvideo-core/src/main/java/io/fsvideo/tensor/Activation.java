package io.fsvideo.tensor;

/** Function applied to the result of {@link Ops#linear} and {@link Ops#conv3d} before it is stored, or alone by {@link Ops#activation}. */
public enum Activation {
    /** {@code x}. */
    NONE,
    /** {@code x / (1 + exp(-x))}. */
    SILU,
    /** {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}. */
    GELU_TANH,
    /** {@code 0.5 x (1 + erf(x / sqrt(2)))}. */
    GELU_ERF,
    /** {@code max(0, x)}. */
    RELU
}
