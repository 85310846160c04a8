package io.fsvideo;

/**
 * Sizes of one generation (this library's decision, forced by 64x compression and the 2x upsampler).
 *
 * @param frames frames of the video, 1 + 4 k
 * @param height rows of the video, a multiple of 128
 * @param width columns of the video, a multiple of 128
 */
record Geometry(int frames, int height, int width) {
    static final int SIZE_STEP = 128;
    static final int COMPRESSION = 64;
    static final int FRAME_STEP = 4;
    private static final int MAX_FRAMES = 1 + FRAME_STEP * 1023;
    private static final int MAX_SIDE = 8192;

    Geometry {
        legalFrames(frames);
        requireLegalSize(height, width);
    }

    static int legalFrames(int frames) {
        if (frames < 1 || frames > MAX_FRAMES || (frames - 1) % FRAME_STEP != 0) {
            int below = Math.max(1, Math.min(MAX_FRAMES, frames - Math.floorMod(frames - 1, FRAME_STEP)));
            int above = Math.min(MAX_FRAMES, below + FRAME_STEP);
            throw new RequestException("request: frames must be 1 + 4k up to " + MAX_FRAMES + ", got " + frames
                    + "; nearest are " + below + " and " + above);
        }
        return frames;
    }

    static void requireLegalSize(int height, int width) {
        if (!legalSide(height) || !legalSide(width)) {
            throw new RequestException("request: height and width must be multiples of 128 up to " + MAX_SIDE + ", got "
                    + height + "x" + width + "; nearest is " + nearest(height) + "x" + nearest(width));
        }
    }

    private static boolean legalSide(int side) {
        return side >= SIZE_STEP && side <= MAX_SIDE && side % SIZE_STEP == 0;
    }

    private static int nearest(int side) {
        return Math.max(SIZE_STEP, Math.min(MAX_SIDE, Math.round(side / (float) SIZE_STEP) * SIZE_STEP));
    }

    /** Latent frames. */
    int latentFrames() {
        return 1 + (frames - 1) / FRAME_STEP;
    }

    /** Rows of the full-resolution latents. */
    int latentHeight() {
        return height / COMPRESSION;
    }

    /** Columns of the full-resolution latents. */
    int latentWidth() {
        return width / COMPRESSION;
    }
}
