package io.fsvideo.media;

import java.util.Arrays;

/**
 * Where a GIF's first frame is on its screen.
 *
 * @param height of the screen
 * @param width of the screen
 * @param top of the frame
 * @param left of the frame
 */
record GifPlace(int height, int width, int top, int left) {
    private static final int HEADER = 13;
    private static final int EXTENSION = 0x21;
    private static final int DESCRIPTOR = 0x2c;

    /** Null when the file has no frame. */
    static GifPlace of(byte[] bytes) {
        int at = descriptor(bytes);
        return at < 0 ? null : new GifPlace(word(bytes, 8), word(bytes, 6), word(bytes, at + 3), word(bytes, at + 1));
    }

    /** Where the first frame's descriptor is, -1 for none. */
    static int descriptor(byte[] bytes) {
        int at = HEADER + colours(bytes, 10);
        while (at + 9 < bytes.length) {
            if ((bytes[at] & 0xff) == DESCRIPTOR) {
                return at;
            }
            if ((bytes[at] & 0xff) != EXTENSION) {
                return -1;
            }
            at += 2;
            while (at < bytes.length && bytes[at] != 0) {
                at += 1 + (bytes[at] & 0xff);
            }
            at++;
        }
        return -1;
    }

    private static int colours(byte[] bytes, int at) {
        return bytes.length > at && (bytes[at] & 0x80) != 0 ? 3 << (bytes[at] & 7) + 1 : 0;
    }

    private static int word(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    }

    /** The screen with the frame on it, white elsewhere. A screen that is smaller than its frame grows, as in browsers. */
    Image paint(Image frame) {
        int screenHeight = Math.max(height, top + frame.height());
        int screenWidth = Math.max(width, left + frame.width());
        if (screenHeight == frame.height() && screenWidth == frame.width()) {
            return frame;
        }
        Image.checkSize("Image.read", "the GIF's screen", screenHeight, screenWidth);
        float[] screen = new float[3 * screenHeight * screenWidth];
        Arrays.fill(screen, 1);
        for (int y = 0; y < frame.height(); y++) {
            System.arraycopy(
                    frame.pixels(),
                    3 * y * frame.width(),
                    screen,
                    3 * ((top + y) * screenWidth + left),
                    3 * frame.width());
        }
        return new Image(screenHeight, screenWidth, screen);
    }
}
