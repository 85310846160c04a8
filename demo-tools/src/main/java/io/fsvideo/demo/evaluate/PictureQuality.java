package io.fsvideo.demo.evaluate;

import io.fsvideo.media.Video;
import java.util.Arrays;

/** How near a clip is to the true one: PSNR, and SSIM as Wang et al. 2004 define it, over 8-bit RGB. */
public final class PictureQuality {
    private static final double WHITE = 255;
    private static final int CHANNELS = 3;

    /** Constants of SSIM: an 11 x 11 Gaussian of 1.5 pixels, K1 = 0.01, K2 = 0.03. */
    private static final int RADIUS = 5;

    private static final double[] GAUSSIAN = gaussian();
    private static final double C1 = 0.01 * WHITE * 0.01 * WHITE;
    private static final double C2 = 0.03 * WHITE * 0.03 * WHITE;

    /** The window's weights add up to 1 but for rounding; its smallest is far above this difference. */
    private static final double ALL_SHOWN = 1 - 1e-9;

    private PictureQuality() {}

    /** Peak signal to noise ratio in dB over frames {@code from} to before {@code to}; infinite where all bytes are equal. */
    public static double psnr(Video truth, Video made, int from, int to) {
        double squares = 0;
        long count = 0;
        for (int frame = from; frame < to; frame++) {
            byte[] a = truth.frame(frame);
            byte[] b = made.frame(frame);
            for (int i = 0; i < a.length; i++) {
                double difference = (a[i] & 0xff) - (b[i] & 0xff);
                squares += difference * difference;
            }
            count += a.length;
        }
        return 10 * Math.log10(WHITE * WHITE * count / squares);
    }

    /** Mean structural similarity of all frames and channels, at most 1; sides of at least 11 pixels. */
    public static double ssim(Video truth, Video made) {
        double sum = 0;
        for (int frame = 0; frame < truth.frames(); frame++) {
            byte[] a = truth.frame(frame);
            byte[] b = made.frame(frame);
            for (int c = 0; c < CHANNELS; c++) {
                sum += ssim(channel(a, c), channel(b, c), truth.width());
            }
        }
        return sum / (truth.frames() * CHANNELS);
    }

    private static double[] channel(byte[] rgb, int channel) {
        double[] values = new double[rgb.length / CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = rgb[CHANNELS * i + channel] & 0xff;
        }
        return values;
    }

    /** Squared differences of colours from 0 to 1, gathered over frames. */
    static final class Error {
        private double squares;
        private long count;

        /** @param shown which pixels count */
        void add(float[] truth, float[] made, boolean[] shown) {
            for (int i = 0; i < truth.length; i++) {
                if (shown[i / CHANNELS]) {
                    double difference = truth[i] - made[i];
                    squares += difference * difference;
                    count++;
                }
            }
        }

        /** The ratio in dB; infinite without a difference, NaN without a pixel. */
        double psnr() {
            return 10 * Math.log10(count / squares);
        }
    }

    /**
     * Mean structural similarity of two pictures, colours from 0 to 1, over the windows all of whose pixels are shown; NaN where there is
     * none.
     */
    static double ssim(float[] truth, float[] made, boolean[] shown, int width) {
        double[] weight = new double[shown.length];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = shown[i] ? 1 : 0;
        }
        double[] whole = blurred(weight, width);
        double sum = 0;
        long count = 0;
        for (int c = 0; c < CHANNELS; c++) {
            double[] map = ssimMap(channel(truth, c), channel(made, c), width);
            for (int i = 0; i < map.length; i++) {
                if (whole[i] > ALL_SHOWN) {
                    sum += map[i];
                    count++;
                }
            }
        }
        return sum / count;
    }

    private static double[] channel(float[] rgb, int channel) {
        double[] values = new double[rgb.length / CHANNELS];
        for (int i = 0; i < values.length; i++) {
            values[i] = WHITE * rgb[CHANNELS * i + channel];
        }
        return values;
    }

    private static double ssim(double[] x, double[] y, int width) {
        return Arrays.stream(ssimMap(x, y, width)).average().orElseThrow();
    }

    private static double[] ssimMap(double[] x, double[] y, int width) {
        double[] meanX = blurred(x, width);
        double[] meanY = blurred(y, width);
        double[] xx = blurred(product(x, x), width);
        double[] yy = blurred(product(y, y), width);
        double[] xy = blurred(product(x, y), width);
        double[] map = new double[meanX.length];
        for (int i = 0; i < meanX.length; i++) {
            double varianceX = xx[i] - meanX[i] * meanX[i];
            double varianceY = yy[i] - meanY[i] * meanY[i];
            double covariance = xy[i] - meanX[i] * meanY[i];
            map[i] = (2 * meanX[i] * meanY[i] + C1)
                    * (2 * covariance + C2)
                    / ((meanX[i] * meanX[i] + meanY[i] * meanY[i] + C1) * (varianceX + varianceY + C2));
        }
        return map;
    }

    private static double[] product(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    /** Where the window lies wholly inside: {@code [height - 10, width - 10]}. */
    private static double[] blurred(double[] plane, int width) {
        int height = plane.length / width;
        int inner = width - 2 * RADIUS;
        double[] across = new double[height * inner];
        for (int i = 0; i < across.length; i++) {
            for (int k = 0; k < GAUSSIAN.length; k++) {
                across[i] += GAUSSIAN[k] * plane[i / inner * width + i % inner + k];
            }
        }
        double[] blurred = new double[(height - 2 * RADIUS) * inner];
        for (int i = 0; i < blurred.length; i++) {
            for (int k = 0; k < GAUSSIAN.length; k++) {
                blurred[i] += GAUSSIAN[k] * across[i + k * inner];
            }
        }
        return blurred;
    }

    private static double[] gaussian() {
        double[] weights = new double[2 * RADIUS + 1];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(-(i - RADIUS) * (i - RADIUS) / (2 * 1.5 * 1.5));
            sum += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= sum;
        }
        return weights;
    }
}
