package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/** Cost of operations that compute each element of {@code out} from a few numbers. */
final class ElementCost {
    private ElementCost() {}

    /** @param operations per element of {@code out}, a function such as exp counted as one */
    static Cost of(double operations, Tensor out, Tensor... inputs) {
        return new Cost(Cost.bytesOf(out) + Cost.bytesOf(inputs), operations * out.numel());
    }
}
