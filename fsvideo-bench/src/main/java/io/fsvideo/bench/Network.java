package io.fsvideo.bench;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.function.Function;

/**
 * Part of a model on fixed inputs.
 *
 * @param forward makes the result in the arena it is given
 */
record Network(Function<Arena, Tensor> forward) {}
