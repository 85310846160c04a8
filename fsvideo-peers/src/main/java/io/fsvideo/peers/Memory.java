package io.fsvideo.peers;

import io.fsvideo.tensor.DType;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** A tensor of the CPU backend as LibTorch sees it: the same memory, no copy. */
final class Memory {
    private Memory() {}

    private static final class At extends Pointer {
        At(long value) {
            address = value;
        }
    }

    static Tensor view(io.fsvideo.tensor.Tensor tensor) {
        try (TensorOptions options = new TensorOptions(type(tensor.dtype()))) {
            return torch.from_blob(new At(tensor.address()), tensor.shape().toArray(), options);
        }
    }

    private static torch.ScalarType type(DType dtype) {
        return switch (dtype) {
            case F32 -> torch.ScalarType.Float;
            case BF16 -> torch.ScalarType.BFloat16;
            default -> throw new IllegalArgumentException("libtorch: dtype must be F32 or BF16, got " + dtype);
        };
    }
}
