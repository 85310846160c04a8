package io.fsvideo.demo.motion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Shift between two planes from the phase of their cross spectrum (Kuglin and Hines 1975), with frequencies weighted by a Gaussian: the
 * peak is then a Gaussian too, whose centre three samples give exactly, and detail that one plane lacks counts little.
 */
final class PhaseCorrelation {
    /** Standard deviation of the frequency weight, in cycles per sample. */
    private static final double BANDWIDTH = 0.12;

    /** Spectrum values this much smaller than the largest carry no phase worth counting. */
    private static final double FLOOR = 1e-6;

    private PhaseCorrelation() {}

    /** A candidate: {@code b(p + (x, y)) = a(p)}, in samples, each in [-side / 2, side / 2). */
    record Peak(double x, double y, double height) {}

    /** The highest local maxima, highest first. Planes are {@code [side, side]}, windowed by the caller and taken as periodic. */
    static List<Peak> peaks(double[] a, double[] b, int side, int count) {
        double[] correlation = correlation(a, b, side);
        List<Peak> peaks = new ArrayList<>();
        for (int i = 0; i < correlation.length; i++) {
            if (isPeak(correlation, i, side)) {
                peaks.add(refined(correlation, i, side));
            }
        }
        peaks.sort(Comparator.comparingDouble(Peak::height).reversed());
        return List.copyOf(peaks.subList(0, Math.min(count, peaks.size())));
    }

    private static double[] correlation(double[] a, double[] b, int side) {
        double[] aReal = a.clone();
        double[] aImaginary = new double[a.length];
        double[] bReal = b.clone();
        double[] bImaginary = new double[b.length];
        Fft.forward(aReal, aImaginary, side);
        Fft.forward(bReal, bImaginary, side);
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double real = bReal[i] * aReal[i] + bImaginary[i] * aImaginary[i];
            double imaginary = bImaginary[i] * aReal[i] - bReal[i] * aImaginary[i];
            aReal[i] = real;
            aImaginary[i] = imaginary;
            largest = Math.max(largest, Math.hypot(real, imaginary));
        }
        for (int i = 0; i < a.length; i++) {
            double weight =
                    weight(i, side) / (Math.hypot(aReal[i], aImaginary[i]) + FLOOR * largest + Double.MIN_NORMAL);
            aReal[i] *= weight;
            aImaginary[i] *= weight;
        }
        Fft.inverse(aReal, aImaginary, side);
        return aReal;
    }

    private static double weight(int i, int side) {
        double x = Fft.frequency(i % side, side) / BANDWIDTH;
        double y = Fft.frequency(i / side, side) / BANDWIDTH;
        return Math.exp(-(x * x + y * y) / 2);
    }

    private static double value(double[] plane, int row, int column, int side) {
        return plane[Math.floorMod(row, side) * side + Math.floorMod(column, side)];
    }

    private static boolean isPeak(double[] plane, int i, int side) {
        int row = i / side;
        int column = i % side;
        return plane[i] > 0
                && plane[i] >= value(plane, row - 1, column, side)
                && plane[i] > value(plane, row + 1, column, side)
                && plane[i] >= value(plane, row, column - 1, side)
                && plane[i] > value(plane, row, column + 1, side);
    }

    private static Peak refined(double[] plane, int i, int side) {
        int row = i / side;
        int column = i % side;
        double x = column + offset(value(plane, row, column - 1, side), plane[i], value(plane, row, column + 1, side));
        double y = row + offset(value(plane, row - 1, column, side), plane[i], value(plane, row + 1, column, side));
        return new Peak(wrapped(x, side), wrapped(y, side), plane[i]);
    }

    /** Vertex of the parabola through the logarithms; through the values themselves where one is not positive. */
    private static double offset(double before, double at, double after) {
        if (before > 0 && after > 0) {
            return vertex(Math.log(before), Math.log(at), Math.log(after));
        }
        return vertex(before, at, after);
    }

    private static double vertex(double before, double at, double after) {
        double curvature = before - 2 * at + after;
        return curvature < 0 ? (before - after) / (2 * curvature) : 0;
    }

    private static double wrapped(double shift, int side) {
        return shift >= side / 2.0 ? shift - side : shift;
    }
}
