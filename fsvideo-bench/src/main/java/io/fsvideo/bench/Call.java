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
 * @param work the same for other libraries; null where none is measured
 */
record Call(
        Tensor checked,
        Consumer<Ops> timed,
        Consumer<Ops> reading,
        Cost cost,
        LongFunction<Expected> definition,
        Work work) {
    Call(Tensor checked, Consumer<Ops> timed, Consumer<Ops> reading, Cost cost, LongFunction<Expected> definition) {
        this(checked, timed, reading, cost, definition, null);
    }

    Call(Tensor checked, Consumer<Ops> timed, Cost cost, LongFunction<Expected> definition) {
        this(checked, timed, ops -> {}, cost, definition);
    }

    /** The same call, which other libraries can do too. */
    Call as(Work common) {
        return new Call(checked, timed, reading, cost, definition, common);
    }

    /** The same work done, and its result brought to {@link #checked}, by another library. */
    Call by(Peer.Prepared other) {
        return new Call(
                checked,
                ops -> other.run(),
                ops -> other.copyTo(checked),
                cost,
                i -> definition.apply(i).loosened(),
                work);
    }
}
