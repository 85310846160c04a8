package io.fsvideo.pipeline;

import io.fsvideo.Request;
import io.fsvideo.media.Image;

/**
 * The images that a model starts from.
 *
 * @since 0.1
 */
public enum Inputs {
    /** Words alone. */
    PROMPT,
    /** The first frame. */
    IMAGE,
    /** The first and the last frame. */
    FIRST_AND_LAST_IMAGE;

    /** Tells whether a request must give the first frame. */
    public boolean takesImage() {
        return this != PROMPT;
    }

    /** Tells whether a request must give the last frame. */
    public boolean takesLastImage() {
        return this == FIRST_AND_LAST_IMAGE;
    }

    /** Returns a request with an empty prompt and as many grey images of this size as the model takes, for plans and trials. */
    public Request blank(int height, int width) {
        return takesImage() ? withImage(Image.of(height, width, new float[3 * height * width])) : Request.ofPrompt("");
    }

    private Request withImage(Image image) {
        Request request = Request.of(image);
        return takesLastImage() ? request.withLastImage(image) : request;
    }
}
