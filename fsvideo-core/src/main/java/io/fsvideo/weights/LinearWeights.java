package io.fsvideo.weights;

/** In which type a model's linear weights are kept; those that need precision stay in F32, routers in the model's dtype. */
public enum LinearWeights {
    /**
     * As FP8 E4M3 with a scale per output where the checkpoint has them so and the backend multiplies them; in the model's dtype
     * elsewhere.
     */
    STORED,
    /** As FP8 E4M3 with a scale per output, quantized while they are loaded; backends that do not multiply such weights refuse. */
    FP8
}
