package io.fsvideo.demo.motion;

import java.util.List;

/**
 * Scale and rotation between two planes: the amplitude of the spectrum does not see shifts, and over angle and logarithm of the radius
 * scale and rotation are shifts (Reddy and Chatterji 1996, "Fourier-Mellin").
 */
final class LogPolar {
    /** Samples of both axes: half a turn, and radii from the smallest to the largest. */
    private static final int SAMPLES = 256;

    private static final double SMALLEST_RADIUS = 3;
    private static final double LARGEST_RADIUS_SHARE = 0.45;

    private final int side;
    private final double logStep;

    LogPolar(int side) {
        this.side = side;
        this.logStep = Math.log(side * LARGEST_RADIUS_SHARE / SMALLEST_RADIUS) / SAMPLES;
    }

    /** Candidates with no shift, likeliest first. Content is taken to turn by less than a quarter. */
    List<Similarity> candidates(Plane a, Plane b, int count) {
        return PhaseCorrelation.peaks(spectrum(a), spectrum(b), SAMPLES, count).stream()
                .map(peak -> new Similarity(0, 0, Math.exp(-peak.x() * logStep), peak.y() * Math.PI / SAMPLES))
                .toList();
    }

    /** Rows are angles, columns radii; what grows in the picture moves to smaller radii here. */
    private double[] spectrum(Plane plane) {
        double[] amplitude = amplitude(plane);
        double[] polar = new double[SAMPLES * SAMPLES];
        for (int row = 0; row < SAMPLES; row++) {
            double angle = Math.PI * row / SAMPLES;
            for (int column = 0; column < SAMPLES; column++) {
                double radius = SMALLEST_RADIUS * Math.exp(column * logStep);
                polar[row * SAMPLES + column] = at(amplitude, radius * Math.cos(angle), radius * Math.sin(angle));
            }
        }
        return windowed(polar);
    }

    /** Logarithm of the amplitude, low frequencies damped as Reddy and Chatterji do. */
    private double[] amplitude(Plane plane) {
        double[] real = Windows.round(plane, side / 2.0);
        double[] imaginary = new double[real.length];
        Fft.forward(real, imaginary, side);
        for (int i = 0; i < real.length; i++) {
            double x = Fft.frequency(i % side, side);
            double y = Fft.frequency(i / side, side);
            double low = Math.cos(Math.PI * x) * Math.cos(Math.PI * y);
            real[i] = Math.log1p(Math.hypot(real[i], imaginary[i])) * (1 - low) * (2 - low);
        }
        return real;
    }

    /** Bilinear, at whole and broken frequency indices of either sign. */
    private double at(double[] amplitude, double x, double y) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double right = x - left;
        double down = y - top;
        return (value(amplitude, left, top) * (1 - right) + value(amplitude, left + 1, top) * right) * (1 - down)
                + (value(amplitude, left, top + 1) * (1 - right) + value(amplitude, left + 1, top + 1) * right) * down;
    }

    private double value(double[] amplitude, int x, int y) {
        return amplitude[Math.floorMod(y, side) * side + Math.floorMod(x, side)];
    }

    /** Angles are periodic; radii fade out at both ends. The mean over angles is no sign of a turn or growth of this picture. */
    private static double[] windowed(double[] polar) {
        double mean = 0;
        for (double value : polar) {
            mean += value / polar.length;
        }
        double[] windowed = new double[polar.length];
        for (int i = 0; i < polar.length; i++) {
            double fade = Math.sin(Math.PI * (i % SAMPLES + 0.5) / SAMPLES);
            windowed[i] = (polar[i] - mean) * fade * fade;
        }
        return windowed;
    }
}
