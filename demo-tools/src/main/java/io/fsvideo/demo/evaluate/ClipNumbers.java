package io.fsvideo.demo.evaluate;

import io.fsvideo.media.Video;

/** What one clip does over time, in 8-bit levels. */
final class ClipNumbers {
    private static final int CHANNELS = 3;

    private ClipNumbers() {}

    /** Mean absolute difference of neighbouring frames. */
    static double flicker(Video video) {
        double sum = 0;
        for (int frame = 1; frame < video.frames(); frame++) {
            sum += difference(video.frame(frame - 1), video.frame(frame));
        }
        return sum / Math.max(1, video.frames() - 1);
    }

    /** Mean absolute difference of two clips of one size. */
    static double difference(Video a, Video b) {
        double sum = 0;
        for (int frame = 0; frame < a.frames(); frame++) {
            sum += difference(a.frame(frame), b.frame(frame));
        }
        return sum / a.frames();
    }

    /** How far the channels' means go from the first frame to the last, the three distances averaged. */
    static double drift(Video video) {
        byte[] first = video.frame(0);
        byte[] last = video.frame(video.frames() - 1);
        double[] sums = new double[CHANNELS];
        for (int i = 0; i < first.length; i++) {
            sums[i % CHANNELS] += (last[i] & 0xff) - (first[i] & 0xff);
        }
        double drift = 0;
        for (double sum : sums) {
            drift += Math.abs(sum) / first.length;
        }
        return drift;
    }

    private static double difference(byte[] a, byte[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
        }
        return sum / a.length;
    }
}
