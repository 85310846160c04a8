package io.fsvideo.media;

import java.util.Map;

/** Primaries and transfer functions by their numbers in ITU-T H.273. */
final class CodePoints {
    private static final int BT709 = 1;
    private static final int BT2020 = 9;
    private static final int P3 = 12;

    /** Linear RGB to linear sRGB: both have the white point D65. Computed from the primaries' coordinates. */
    private static final Map<Integer, double[]> MATRICES = Map.of(
            BT709, toSrgb(0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
            BT2020, toSrgb(0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
            P3, toSrgb(0.680, 0.320, 0.265, 0.690, 0.150, 0.060));

    private CodePoints() {}

    /** Row-major 3 x 3, null for primaries that are not known. */
    static double[] toSrgbPrimaries(int code) {
        return MATRICES.get(code);
    }

    static boolean isTransfer(int code) {
        return code == 1 || code == 4 || code == 5 || code == 6 || code == 8 || code >= 13 && code <= 15;
    }

    static float[] convert(float[] samples, double[] m, int transfer) {
        float[] out = new float[samples.length];
        for (int i = 0; i < out.length; i += 3) {
            double r = linear(samples[i], transfer);
            double g = linear(samples[i + 1], transfer);
            double b = linear(samples[i + 2], transfer);
            for (int c = 0; c < 3; c++) {
                out[i + c] = encoded(m[3 * c] * r + m[3 * c + 1] * g + m[3 * c + 2] * b);
            }
        }
        return out;
    }

    private static double linear(double value, int transfer) {
        return switch (transfer) {
            case 4 -> Math.pow(value, 2.2);
            case 5 -> Math.pow(value, 2.8);
            case 8 -> value;
            case 13 -> value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
            default -> value < 0.081 ? value / 4.5 : Math.pow((value + 0.099) / 1.099, 1 / 0.45);
        };
    }

    private static float encoded(double value) {
        double clipped = Math.min(1, Math.max(0, value));
        return (float) (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * Math.pow(clipped, 1 / 2.4) - 0.055);
    }

    private static double[] toSrgb(double rx, double ry, double gx, double gy, double bx, double by) {
        double[] inverse = inverse(toXyz(0.640, 0.330, 0.300, 0.600, 0.150, 0.060));
        double[] matrix = toXyz(rx, ry, gx, gy, bx, by);
        double[] product = new double[9];
        for (int i = 0; i < 9; i++) {
            for (int k = 0; k < 3; k++) {
                product[i] += inverse[i / 3 * 3 + k] * matrix[3 * k + i % 3];
            }
        }
        return product;
    }

    /** Columns are the primaries, scaled so that their sum is the white point D65. */
    private static double[] toXyz(double rx, double ry, double gx, double gy, double bx, double by) {
        double[] m = {rx / ry, gx / gy, bx / by, 1, 1, 1, (1 - rx - ry) / ry, (1 - gx - gy) / gy, (1 - bx - by) / by};
        double[] white = {0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290};
        double[] inverse = inverse(m);
        for (int column = 0; column < 3; column++) {
            double scale = 0;
            for (int k = 0; k < 3; k++) {
                scale += inverse[3 * column + k] * white[k];
            }
            for (int row = 0; row < 3; row++) {
                m[3 * row + column] *= scale;
            }
        }
        return m;
    }

    private static double[] inverse(double[] m) {
        double[] out = new double[9];
        double determinant = 0;
        for (int i = 0; i < 3; i++) {
            determinant += m[i] * (m[3 + (i + 1) % 3] * m[6 + (i + 2) % 3] - m[3 + (i + 2) % 3] * m[6 + (i + 1) % 3]);
        }
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 3; column++) {
                int a = (column + 1) % 3;
                int b = (column + 2) % 3;
                int c = (row + 1) % 3;
                int d = (row + 2) % 3;
                out[3 * row + column] = (m[3 * a + c] * m[3 * b + d] - m[3 * a + d] * m[3 * b + c]) / determinant;
            }
        }
        return out;
    }
}
