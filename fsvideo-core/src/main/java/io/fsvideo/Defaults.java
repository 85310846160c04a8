package io.fsvideo;

import io.fsvideo.sample.Sampler;

/** What a request gets that does not say otherwise. */
public interface Defaults {
    /** What the model is called. */
    String name();

    int frames();

    int framesPerSecond();

    /** Rows of the default size; with {@link #width} the pixel budget of other aspect ratios. */
    int height();

    int width();

    /** Steps of the base model. */
    int steps();

    /** Scale of classifier-free guidance. */
    float guidance();

    /** Shift of the noise schedule. */
    float shift();

    Sampler sampler();

    /** Steps of the refiner; 0 without one. */
    int refinerSteps();

    String negativePrompt();
}
