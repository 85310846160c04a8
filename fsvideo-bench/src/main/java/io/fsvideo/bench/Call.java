package io.fsvideo.bench;

import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * One operation on one set of inputs.
 *
 * @param checked tensor to compare with the definition
 * @param timed the operation
 * @param reading what else {@code checked} needs to be filled, untimed; nothing where the operation writes it
 * @param cost of {@code timed}
 * @param definition of {@code checked}'s element by row-major index
 */
record Call(Tensor checked, Consumer<Ops> timed, Consumer<Ops> reading, Cost cost, LongFunction<Expected> definition) {
    Call(Tensor checked, Consumer<Ops> timed, Cost cost, LongFunction<Expected> definition) {
        this(checked, timed, ops -> {}, cost, definition);
    }
}
