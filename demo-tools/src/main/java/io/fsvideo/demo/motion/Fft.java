package io.fsvideo.demo.motion;

import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/** Fourier transform of square planes whose side is a power of two, {@code [side, side]} in row order. */
public final class Fft {
    private Fft() {}

    /** Transforms real and imaginary plane in place, without a factor. */
    public static void forward(double[] real, double[] imaginary, int side) {
        transform(real, imaginary, side, TransformType.FORWARD);
    }

    /** Undoes {@link #forward}. */
    public static void inverse(double[] real, double[] imaginary, int side) {
        transform(real, imaginary, side, TransformType.INVERSE);
    }

    private static void transform(double[] real, double[] imaginary, int side, TransformType type) {
        for (int i = 0; i < side; i++) {
            line(real, imaginary, i * side, 1, side, type);
        }
        for (int i = 0; i < side; i++) {
            line(real, imaginary, i, side, side, type);
        }
    }

    private static void line(double[] real, double[] imaginary, int from, int step, int side, TransformType type) {
        double[][] line = new double[2][side];
        for (int i = 0; i < side; i++) {
            line[0][i] = real[from + i * step];
            line[1][i] = imaginary[from + i * step];
        }
        FastFourierTransformer.transformInPlace(line, DftNormalization.STANDARD, type);
        for (int i = 0; i < side; i++) {
            real[from + i * step] = line[0][i];
            imaginary[from + i * step] = line[1][i];
        }
    }

    /** Cycles per sample of index {@code i}, in [-0.5, 0.5). */
    public static double frequency(int i, int side) {
        return (i < side / 2 ? i : i - side) / (double) side;
    }
}
