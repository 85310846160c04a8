package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** The same computation for BF16 and F32 tensors. */
record TypedLaunch(Launch bf16, Launch f32) {
    /** Begins a launch for {@code x}'s dtype, which is BF16 or F32. */
    Launch begin(Tensor x) {
        return begin(x.dtype());
    }

    /** Begins a launch for BF16 or F32. */
    Launch begin(DType dtype) {
        return (dtype == DType.BF16 ? bf16 : f32).begin();
    }

    /** Elements in 16 bytes of {@code x}. */
    static int group(Tensor x) {
        return 16 / x.dtype().bytes();
    }
}
