package io.fsvideo.weightstools.quantize;

import io.fsvideo.tensor.DType;

/** What values become. */
public enum Target {
    BF16("bf16", DType.BF16),
    F16("f16", DType.F16),
    /** Matrices and kernels only, with one F32 scale per output channel. */
    FP8_E4M3("fp8-e4m3", DType.F8_E4M3);

    private final String text;
    private final DType dtype;

    Target(String text, DType dtype) {
        this.text = text;
        this.dtype = dtype;
    }

    DType dtype() {
        return dtype;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return text;
    }
}
