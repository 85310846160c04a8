package io.fsvideo.demo.evaluate;

import io.fsvideo.media.Video;

/** What differences of neighbouring pixels say about a clip. */
final class Texture {
    private static final int CHANNELS = 3;

    private Texture() {}

    /**
     * Mean absolute difference of pixels across the borders of square tokens over that of pixels inside, in all frames after the
     * first: 1 where no border shows, NaN where the frames are flat or have no border.
     *
     * @param token pixels along the side of a token
     */
    static double tokenBorders(Video video, int token) {
        double[] sums = new double[2];
        long[] counts = new long[2];
        for (int frame = 1; frame < video.frames(); frame++) {
            byte[] rgb = video.frame(frame);
            differences(rgb, video.height(), video.width(), (at, other, place) -> {
                int kind = place % token == 0 ? 1 : 0;
                sums[kind] += Math.abs((rgb[at] & 0xff) - (rgb[other] & 0xff));
                counts[kind]++;
            });
        }
        return sums[1] / counts[1] / (sums[0] / counts[0]);
    }

    /** Mean squared difference of neighbouring pixels in all frames after the first, in squares of 8-bit levels. */
    static double gradientEnergy(Video video) {
        double[] sum = new double[1];
        long[] count = new long[1];
        for (int frame = 1; frame < video.frames(); frame++) {
            byte[] rgb = video.frame(frame);
            differences(rgb, video.height(), video.width(), (at, other, place) -> {
                double difference = (rgb[at] & 0xff) - (rgb[other] & 0xff);
                sum[0] += difference * difference;
                count[0]++;
            });
        }
        return sum[0] / count[0];
    }

    private interface Pair {
        /** @param place column or row of the second pixel, whichever the two differ in */
        void at(int first, int second, int place);
    }

    private static void differences(byte[] rgb, int height, int width, Pair pair) {
        int line = width * CHANNELS;
        for (int row = 0; row < height; row++) {
            for (int i = 0; i < line; i++) {
                int at = row * line + i;
                if (i >= CHANNELS) {
                    pair.at(at - CHANNELS, at, i / CHANNELS);
                }
                if (row > 0) {
                    pair.at(at - line, at, row);
                }
            }
        }
    }
}
