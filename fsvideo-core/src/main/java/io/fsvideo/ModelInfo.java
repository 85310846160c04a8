package io.fsvideo;

/**
 * What an open model makes when a request does not say otherwise, and what it can be asked for.
 *
 * @param name of the model
 * @param frames of a clip
 * @param framesPerSecond of every clip
 * @param height rows of a clip; with the width the number of pixels of clips of other shapes
 * @param width columns of a clip
 * @param steps of the base model
 * @param refinerSteps of the refiner, 0 without one
 * @param guidance scale of classifier-free guidance
 * @param sizeStep height and width are multiples of it
 * @param firstFrames with {@code frameStep}: legal numbers of frames are {@code firstFrames + k * frameStep}, 1 or more
 * @param frameStep see {@code firstFrames}
 * @param takesImage whether a request must give the picture that the clip starts with
 * @param takesLastImage whether it must give the one that the clip ends with
 * @param hasPreviews whether the model carries the map that {@link Request#withPreviews} needs
 * @since 0.1
 */
public record ModelInfo(
        String name,
        int frames,
        int framesPerSecond,
        int height,
        int width,
        int steps,
        int refinerSteps,
        float guidance,
        int sizeStep,
        int firstFrames,
        int frameStep,
        boolean takesImage,
        boolean takesLastImage,
        boolean hasPreviews) {}
