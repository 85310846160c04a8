package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/** Cost of operations that only move numbers. */
final class LayoutCost {
    private LayoutCost() {}

    /** Every input is read whole. */
    static Cost move(Tensor out, Tensor... inputs) {
        return new Cost(Cost.bytesOf(out) + Cost.bytesOf(inputs), 0);
    }

    /** Of the source only as much is read as is written. */
    static Cost pick(Tensor out, Tensor... indices) {
        return new Cost(2 * Cost.bytesOf(out) + Cost.bytesOf(indices), 0);
    }
}
