package io.fsvideo;

/** What a Wan model starts from. */
public enum WanKind {
    /** Words alone. */
    TEXT_TO_VIDEO("TextToVideo"),
    /** The first frame. */
    IMAGE_TO_VIDEO("ImageToVideo"),
    /** The first and the last frame. */
    FIRST_LAST_FRAME_TO_VIDEO("FirstLastFrameToVideo");

    private final String suffix;

    WanKind(String suffix) {
        this.suffix = suffix;
    }

    String suffix() {
        return suffix;
    }

    /** Whether a request must give the first frame. */
    public boolean takesImage() {
        return this != TEXT_TO_VIDEO;
    }

    /** Whether a request must give the last frame. */
    public boolean takesLastImage() {
        return this == FIRST_LAST_FRAME_TO_VIDEO;
    }
}
