package io.fsvideo.demo.motion;

import io.fsvideo.media.Image;
import io.fsvideo.media.Video;

/** Frames of a clip as pictures. */
public final class Frames {
    private static final float WHITE = 255;

    private Frames() {}

    /** One frame. */
    public static Image image(Video video, int frame) {
        byte[] bytes = video.frame(frame);
        float[] rgb = new float[bytes.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (bytes[i] & 0xff) / WHITE;
        }
        return Image.of(video.height(), video.width(), rgb);
    }
}
