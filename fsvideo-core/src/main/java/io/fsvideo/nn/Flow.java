package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;

/** A value on its way through steps. Each result replaces the value and frees the one before it, so one map is held between steps. */
public final class Flow implements AutoCloseable {
    private final Arena parent;
    private Arena owner;
    private Tensor value;

    /** One step: a new tensor, owned by the given arena, from the value so far. */
    @FunctionalInterface
    public interface Step {
        Tensor apply(Arena a, Tensor x);
    }

    /** @param x the first value; it stays its owner's */
    public Flow(Arena a, Tensor x) {
        this.parent = a;
        this.value = x;
    }

    /** Replaces the value by {@code step}'s result. */
    public Flow then(String name, Step step) {
        Arena next = parent.child(name);
        Tensor result;
        try {
            result = step.apply(next, value);
        } catch (RuntimeException | Error e) {
            next.close();
            throw e;
        }
        close();
        owner = next;
        value = result;
        return this;
    }

    /** The value so far, valid until the next step. */
    public Tensor value() {
        return value;
    }

    /** The value, now owned by the arena this flow was made in. */
    public Tensor finish() {
        if (owner != null) {
            owner.keep(value);
        }
        close();
        return value;
    }

    /** Frees the value unless {@link #finish} was called. */
    @Override
    public void close() {
        if (owner != null) {
            owner.close();
            owner = null;
        }
    }
}
