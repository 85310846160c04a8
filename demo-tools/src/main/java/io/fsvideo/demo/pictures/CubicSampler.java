package io.fsvideo.demo.pictures;

import io.fsvideo.media.Image;

/** Reads a picture between its pixels with Catmull-Rom cubics; beyond its edges the picture goes on with their colours. */
public final class CubicSampler {
    private static final int CHANNELS = 3;
    private static final int TAPS = 4;

    private final float[] rgb;
    private final int height;
    private final int width;
    private final double[] across = new double[TAPS];
    private final double[] down = new double[TAPS];

    /** A sampler of one picture, for one thread. */
    public CubicSampler(Image picture) {
        this.rgb = picture.rgb();
        this.height = picture.height();
        this.width = picture.width();
    }

    /**
     * Adds the colour at a place, 0 to 1 per channel, a little outside where cubics overshoot.
     *
     * @param column of the place; pixel centres are whole numbers
     * @param row of the place
     * @param sum red, green and blue are added here
     */
    public void addTo(float[] sum, double column, double row) {
        int left = (int) Math.floor(column);
        int top = (int) Math.floor(row);
        weights(column - left, across);
        weights(row - top, down);
        for (int j = 0; j < TAPS; j++) {
            int line = inside(top - 1 + j, height) * width;
            for (int i = 0; i < TAPS; i++) {
                int at = CHANNELS * (line + inside(left - 1 + i, width));
                float weight = (float) (across[i] * down[j]);
                for (int c = 0; c < CHANNELS; c++) {
                    sum[c] += weight * rgb[at + c];
                }
            }
        }
    }

    private static int inside(int index, int size) {
        return Math.max(0, Math.min(size - 1, index));
    }

    private static void weights(double t, double[] weights) {
        weights[0] = ((2 - t) * t - 1) * t / 2;
        weights[1] = ((3 * t - 5) * t * t + 2) / 2;
        weights[2] = ((4 - 3 * t) * t + 1) * t / 2;
        weights[3] = (t - 1) * t * t / 2;
    }
}
