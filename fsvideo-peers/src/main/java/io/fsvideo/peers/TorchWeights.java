package io.fsvideo.peers;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.TensorSource;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Parameters by upstream's names, in the dtype to compute in. */
record TorchWeights(Arena arena, TensorSource source, String prefix, DType dtype) {
    TorchWeights at(String segment) {
        return new TorchWeights(arena, source, prefix + segment + ".", dtype);
    }

    TorchWeights in(DType type) {
        return new TorchWeights(arena, source, prefix, type);
    }

    /** The network's dtype as LibTorch calls it. */
    torch.ScalarType type() {
        return dtype == DType.BF16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float;
    }

    Tensor get(String name, long... shape) {
        if (dtype == DType.F32) {
            return Memory.view(source.load(arena, prefix + name, Shape.of(shape)));
        }
        try (Arena t = arena.child(name)) {
            return Memory.view(source.load(t, prefix + name, Shape.of(shape))).to(type());
        }
    }

    /** {@code weight} and {@code bias} of a linear layer. */
    Affine linear(long in, long out) {
        return new Affine(get("weight", out, in), new TensorOptional(get("bias", out)));
    }

    /** Parameters of a linear layer or convolution. */
    record Affine(Tensor weight, TensorOptional bias) {
        Tensor of(Tensor x) {
            return torch.linear(x, weight, bias);
        }
    }
}
