package io.fsvideo.weights;

/** Which parameters stay on the backend between uses. */
public enum Offload {
    /** All of them. */
    NONE,
    /** None: each part of a model comes for its stage and leaves after it; what others call model offload. */
    PARTS,
    /**
     * Works like {@link #PARTS}, but holds two blocks at a time of a part made of equal blocks: one computes while the next one is copied; what others call
     * group or sequential offload.
     */
    BLOCKS
}
