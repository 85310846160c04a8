package io.fsvideo.bench;

import io.fsvideo.tensor.Tensor;

/** Cost of norms: statistics, scaling and shifting, a few operations per element. */
final class NormCost {
    private static final double ROOT_MEAN_SQUARE = 4;
    private static final double MEAN_AND_VARIANCE = 8;

    private NormCost() {}

    static Cost rootMeanSquare(Tensor out, Tensor x, Tensor... parameters) {
        return of(ROOT_MEAN_SQUARE, out, x, parameters);
    }

    static Cost meanAndVariance(Tensor out, Tensor x, Tensor... parameters) {
        return of(MEAN_AND_VARIANCE, out, x, parameters);
    }

    private static Cost of(double perElement, Tensor out, Tensor x, Tensor... parameters) {
        return new Cost(Cost.bytesOf(out, x) + Cost.bytesOf(parameters), perElement * x.numel());
    }
}
