package io.fsvideo.pipeline;

import io.fsvideo.ModelException;

/**
 * One part of a model that has parameters and a folder of its own in the model's directory. The constants name the parts that the
 * library's own families have; another family may have any others.
 *
 * @param folder name of the folder, and of the entry in {@code model_index.json}: lower-case letters, digits and underscores
 * @since 0.1
 */
public record Part(String folder) {
    /** The encoder of prompts. */
    public static final Part TEXT_ENCODER = new Part("text_encoder");
    /** The encoder of what an image shows. */
    public static final Part IMAGE_ENCODER = new Part("image_encoder");
    /** The encoder of pixels to latents and the decoder back. */
    public static final Part AUTOENCODER = new Part("autoencoder");
    /** The transformer that turns noise into latents, of several the first. */
    public static final Part TRANSFORMER = new Part("transformer");
    /** The network that doubles height and width of latents. */
    public static final Part LATENT_UPSAMPLER = new Part("latent_upsampler");
    /** The transformer that works on the upsampled latents. */
    public static final Part REFINER = new Part("refiner");

    /**
     * Names a part.
     *
     * @throws ModelException when the name could not be a folder's
     */
    public Part {
        if (!folder.matches("[a-z0-9_]+")) {
            throw new ModelException(
                    "model: a part's folder must be lower-case letters, digits and underscores, got " + folder);
        }
    }

    @Override
    public String toString() {
        return folder;
    }
}
