package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/**
 * What one call moves and computes at the least.
 *
 * @param bytes every input read once and every output written once
 * @param flops additions and multiplications of the definition
 */
record Cost(double bytes, double flops) {
    /** Of all that are not null. */
    static double bytesOf(Tensor... tensors) {
        double sum = 0;
        for (Tensor tensor : tensors) {
            sum += tensor == null ? 0 : tensor.bytes();
        }
        return sum;
    }
}
