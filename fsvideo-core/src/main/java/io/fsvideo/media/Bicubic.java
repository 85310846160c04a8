package io.fsvideo.media;

import java.util.stream.IntStream;

/**
 * One axis of an antialiased bicubic resize: for each kept output position, the first input position and the weights.
 *
 * <p>Output position o has its centre at {@code (o + 0.5) * from / to} in input coordinates. When shrinking, the kernel
 * (Keys, a = -0.5, radius 2) is widened by {@code from / to}. Weights are normalised to sum to 1, also at the edges.
 */
final class Bicubic {
    private static final double A = -0.5;
    private static final double RADIUS = 2;

    private final int from;
    private final int[] starts;
    private final float[][] weights;

    /**
     * Scales an axis and keeps its centre.
     *
     * @param from input length
     * @param to output length before cropping
     * @param kept positions kept from the centre of {@code to}
     */
    Bicubic(int from, long to, int kept) {
        this.from = from;
        this.starts = new int[kept];
        this.weights = new float[kept][];
        double scale = (double) from / to;
        long cropped = (to - kept) / 2;
        for (int i = 0; i < kept; i++) {
            setWeights(i, (cropped + i + 0.5) * scale, Math.max(scale, 1));
        }
    }

    static double kernel(double x) {
        double d = Math.abs(x);
        if (d < 1) {
            return ((A + 2) * d - (A + 3)) * d * d + 1;
        }
        return d < RADIUS ? (((d - 5) * d + 8) * d - 4) * A : 0;
    }

    private void setWeights(int position, double centre, double widening) {
        int start = Math.max(0, (int) Math.floor(centre - RADIUS * widening + 0.5));
        int end = Math.min(from, (int) Math.floor(centre + RADIUS * widening + 0.5));
        double[] raw = new double[end - start];
        double sum = 0;
        for (int i = 0; i < raw.length; i++) {
            raw[i] = kernel((start + i + 0.5 - centre) / widening);
            sum += raw[i];
        }
        float[] normalised = new float[raw.length];
        for (int i = 0; i < raw.length; i++) {
            normalised[i] = (float) (raw[i] / sum);
        }
        starts[position] = start;
        weights[position] = normalised;
    }

    /** Resizes: this axis is the rows, {@code columns} the other. */
    Image apply(Image image, Bicubic columns) {
        int height = starts.length;
        int width = columns.starts.length;
        int top = starts[0];
        int bottom = starts[height - 1] + weights[height - 1].length;
        if (3L * width * (bottom - top) > Integer.MAX_VALUE - 8) {
            throw new ImageException("Image.resize: source rows times result columns must be at most "
                    + (Integer.MAX_VALUE - 8) / 3 + ", got " + (bottom - top) + " x " + width);
        }
        float[] narrowed = new float[3 * width * (bottom - top)];
        IntStream.range(top, bottom)
                .parallel()
                .forEach(y -> columns.row(image.pixels(), 3 * y * columns.from, narrowed, 3 * (y - top) * width));
        float[] out = new float[3 * height * width];
        IntStream.range(0, height).parallel().forEach(y -> column(narrowed, top, 3 * width, out, y));
        return new Image(height, width, out);
    }

    private void row(float[] in, int inStart, float[] out, int outStart) {
        for (int x = 0; x < starts.length; x++) {
            float[] w = weights[x];
            int at = inStart + 3 * starts[x];
            double red = 0;
            double green = 0;
            double blue = 0;
            for (int i = 0; i < w.length; i++, at += 3) {
                red += w[i] * in[at];
                green += w[i] * in[at + 1];
                blue += w[i] * in[at + 2];
            }
            out[outStart + 3 * x] = (float) red;
            out[outStart + 3 * x + 1] = (float) green;
            out[outStart + 3 * x + 2] = (float) blue;
        }
    }

    private void column(float[] in, int top, int stride, float[] out, int y) {
        float[] w = weights[y];
        double[] sums = new double[stride];
        for (int i = 0; i < w.length; i++) {
            int at = (starts[y] - top + i) * stride;
            for (int x = 0; x < stride; x++) {
                sums[x] += w[i] * in[at + x];
            }
        }
        for (int x = 0; x < stride; x++) {
            out[y * stride + x] = (float) Math.min(1, Math.max(0, sums[x]));
        }
    }
}
