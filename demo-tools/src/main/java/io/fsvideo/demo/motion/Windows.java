package io.fsvideo.demo.motion;

/** Planes that fade to zero at their edges, around their mean. */
final class Windows {
    private Windows() {}

    /** A round Hann window, zero from {@code radius} samples on. */
    static double[] round(Plane plane, double radius) {
        return faded(plane, (x, y) -> {
            double r = Math.hypot(x, y) / radius;
            return r < 1 ? (1 + Math.cos(Math.PI * r)) / 2 : 0;
        });
    }

    /** A square Tukey window, zero from {@code half} samples on, one over the inner half of each axis. */
    static double[] square(Plane plane, double half) {
        return faded(plane, (x, y) -> tukey(x / half) * tukey(y / half));
    }

    private static double tukey(double t) {
        double r = Math.abs(t);
        return r >= 1 ? 0 : r <= 0.5 ? 1 : (1 + Math.cos(Math.PI * (2 * r - 1))) / 2;
    }

    private interface Weight {
        double at(double x, double y);
    }

    /** Samples that are NaN count as the mean. */
    private static double[] faded(Plane plane, Weight window) {
        int side = plane.side();
        double[] weights = new double[side * side];
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < weights.length; i++) {
            if (!Double.isNaN(plane.values()[i])) {
                weights[i] = window.at(i % side - (side - 1) / 2.0, i / side - (side - 1) / 2.0);
                sum += weights[i] * plane.values()[i];
                weight += weights[i];
            }
        }
        double mean = weight > 0 ? sum / weight : 0;
        double[] faded = new double[weights.length];
        for (int i = 0; i < faded.length; i++) {
            faded[i] = weights[i] == 0 ? 0 : weights[i] * (plane.values()[i] - mean);
        }
        return faded;
    }
}
