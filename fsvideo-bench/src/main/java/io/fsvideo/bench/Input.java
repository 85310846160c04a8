package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/**
 * Numbers on the backend that are also known here, element by element.
 *
 * @param tensor on the backend
 * @param stream of the noise they are
 * @param values by row-major index
 */
record Input(Tensor tensor, int stream, Values values) {
    /** The same numbers by row-major index. */
    @FunctionalInterface
    interface Values {
        double at(long index);
    }

    double at(long index) {
        return values.at(index);
    }
}
