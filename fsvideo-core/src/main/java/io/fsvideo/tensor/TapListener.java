package io.fsvideo.tensor;

/** Sees named intermediate results of a model while they exist; used to compare with reference runs and to draw pictures. */
@FunctionalInterface
public interface TapListener {
    /** Sees nothing. */
    TapListener NONE = (name, tensor) -> {};

    /** @param tensor valid during the call only */
    void tap(String name, Tensor tensor);

    /** Whether a tensor that only this listener needs is to be computed. */
    default boolean wants(String name) {
        return true;
    }
}
