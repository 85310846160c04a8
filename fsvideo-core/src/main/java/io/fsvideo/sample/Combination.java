package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A linear combination of tensors with binary64 coefficients. */
final class Combination {
    private final List<Double> weights = new ArrayList<>();
    private final List<Tensor> terms = new ArrayList<>();

    /** Adds {@code weight term}; a zero weight drops the term, so that exact steps stay exact. */
    Combination plus(double weight, Tensor term) {
        if (weight != 0) {
            weights.add(weight);
            terms.add(term);
        }
        return this;
    }

    Tensor sum(Arena a) {
        float[] rounded = new float[weights.size()];
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (float) (double) weights.get(i);
        }
        return a.weightedSum(rounded, terms);
    }
}
