package io.fsvideo;

/**
 * How several ranks share the transformers of one model; everything else runs on each of them.
 *
 * @since 0.1
 */
public enum Parallel {
    /** The cheapest legal way for each transformer, as a cost model predicts. */
    AUTO,
    /** Heads and MLP channels are split, with their parameters: each rank holds its share of the weights. */
    TENSOR,
    /** Tokens are split; heads within self-attention. Each rank holds all weights. */
    SEQUENCE,
    /** Two ranks: one runs the guided branch of the base model, one the unguided; the refiner, which has no second branch, splits tokens. */
    GUIDANCE
}
