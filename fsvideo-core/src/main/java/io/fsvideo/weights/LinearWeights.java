package io.fsvideo.weights;

/**
 * The type that a model's linear weights are kept in; those that need precision stay in F32, routers in the model's
 * dtype.
 */
public enum LinearWeights {
    /**
     * Weights stay FP8 E4M3 with a scale per output where the checkpoint has them so and the backend multiplies them; in the model's dtype
     * elsewhere.
     */
    STORED,
    /**
     * Weights become FP8 E4M3 with a scale per output while they are loaded; backends that do not multiply such
     * weights refuse.
     */
    FP8
}
