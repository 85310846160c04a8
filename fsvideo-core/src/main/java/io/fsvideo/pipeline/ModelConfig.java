package io.fsvideo.pipeline;

import io.fsvideo.ModelException;
import io.fsvideo.RequestException;
import io.fsvideo.VaeTiling;
import io.fsvideo.media.Image;
import io.fsvideo.model.LatentRgb;
import java.util.List;

/**
 * Everything that the engine has to know of one model: its parts, the requests it takes, the work of its transformers, and how it is
 * loaded. Each model family has its own.
 *
 * @since 0.1
 */
public interface ModelConfig {
    /** Returns {@code _class_name} of {@code model_index.json}. */
    String className();

    /** Returns what a request gets that does not say otherwise; its record is {@code pipeline} in {@code model_index.json}. */
    Defaults pipeline();

    /** Returns the most tokens of a prompt, the end token included. */
    int textLen();

    /** Returns the parts that have parameters, each in its folder, in the order in which they are loaded. */
    List<ModelPart> parts();

    /** Returns the images that a request has to give. */
    Inputs inputs();

    /** Returns which sizes of video the model can make. */
    SizeRule sizes();

    /** Returns the size of a video of {@code frames} frames in about the shape of {@code image}, within the model's pixel budget. */
    Geometry sizeFor(int frames, Image image);

    /** Returns the numbers of a row of an encoded prompt, which embeddings must have; 0, the default, where prompts are words only. */
    default int textWidth() {
        return 0;
    }

    /** Returns the channels of the latents that a request may give to be decoded; 0, the default, where it cannot. */
    default int latentChannels() {
        return 0;
    }

    /** Tells whether decoding latents takes the first picture too; by default it does not. */
    default boolean decodesWithImage() {
        return false;
    }

    /** Returns the transformers' work for one video of this size: first the base model's, then a refiner's if there is one. */
    List<TransformerWork> work(Geometry geometry);

    /** Returns how latents become the pictures of previews, or null, as by default, for a model that does not say. */
    default LatentRgb latentRgb() {
        return null;
    }

    /**
     * Refuses tiles in which the model's autoencoder cannot work.
     *
     * @throws RequestException by default always: an autoencoder works in tiles only where its family says so
     */
    default void requireTiling(VaeTiling tiling) {
        throw new RequestException("request: vaeTiling must not be given for " + className()
                + " models, whose autoencoder does not work in tiles, got " + tiling);
    }

    /**
     * Loads every part, or this rank's share of it.
     *
     * @param parts reads the parameters and owns them
     * @param sharing with whom each video is made
     */
    Pipeline load(PartStore parts, Sharing sharing);

    /**
     * Returns the same model with the layer memory of another name in its transformers.
     *
     * @throws ModelException by default always: a transformer has layer memory only where its family says so
     */
    default ModelConfig withLayerMemory(String name) {
        throw new ModelException("model: " + className() + " models have no layer memory, got " + name);
    }

    /** Returns the part in this folder, or null when the model has none of this name. */
    default ModelPart part(Part part) {
        return parts().stream()
                .filter(own -> own.folder().equals(part.folder()))
                .findFirst()
                .orElse(null);
    }
}
