package io.fsvideo;

/** The parts of a model directory that have parameters, each in its own folder. */
public enum Part {
    TEXT_ENCODER("text_encoder"),
    IMAGE_ENCODER("image_encoder"),
    AUTOENCODER("autoencoder"),
    TRANSFORMER("transformer"),
    LATENT_UPSAMPLER("latent_upsampler"),
    REFINER("refiner");

    private final String folder;

    Part(String folder) {
        this.folder = folder;
    }

    /** Name of the folder, and of the entry in {@code model_index.json}. */
    public String folder() {
        return folder;
    }
}
