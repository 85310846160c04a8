package io.fsvideo.cuda;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** The same computation for BF16 and F32 tensors, and from F32 to BF16 or with one operand in BF16. */
record NarrowingLaunch(TypedLaunch same, Launch mixed) {
    /** Begins a launch for {@code x} and another tensor of its dtype, or of BF16 where {@code x} is F32. */
    Launch begin(Tensor x, Tensor other) {
        return begin(x, other.dtype());
    }

    Launch begin(Tensor x, DType other) {
        return x.dtype() == other ? same.begin(x) : mixed.begin();
    }
}
