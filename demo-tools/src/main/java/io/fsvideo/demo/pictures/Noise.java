package io.fsvideo.demo.pictures;

import io.fsvideo.demo.motion.Fft;
import java.util.SplittableRandom;

/** Noise whose spectrum falls with a power of the frequency, as those of photographs do. */
final class Noise {
    private Noise() {}

    /** {@code [side, side]} in [0, 1]; both ends are reached. {@code side} is a power of two. */
    static float[] plane(SplittableRandom random, int side, double power) {
        double[] real = new double[side * side];
        double[] imaginary = new double[side * side];
        for (int i = 1; i < real.length; i++) {
            double frequency = Math.hypot(Fft.frequency(i % side, side), Fft.frequency(i / side, side));
            double amplitude = Math.pow(frequency, -power);
            real[i] = random.nextGaussian() * amplitude;
            imaginary[i] = random.nextGaussian() * amplitude;
        }
        Fft.inverse(real, imaginary, side);
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        for (double value : real) {
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
        }
        float[] plane = new float[real.length];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = (float) ((real[i] - lowest) / (highest - lowest));
        }
        return plane;
    }
}
