package io.fsvideo.demo.motion;

import io.fsvideo.media.Video;
import java.util.ArrayList;
import java.util.List;

/**
 * How the content moved from one frame to another: candidates for scale and rotation by log-polar phase correlation, for each the
 * shift by phase correlation, beside them a grid of plain turns and zooms, and of all candidates, standing still among them, the one under which the frames agree best.
 */
public final class MotionMeasure {
    private static final int SIDE = 256;
    private static final int REDUCED = 64;
    private static final int TURNS = 4;
    private static final int SHIFTS = 4;

    /** Turns and zooms tried beside those: a blurred frame has too little of a spectrum. In radians, and logarithms of the scale. */
    private static final double GRID_STEP = 0.06;

    private static final int GRID_STEPS = 10;

    /** What the spectra give is finer: the grid must agree better by more than its steps' roughness. */
    private static final double GRID_HANDICAP = 0.9;

    /** Frames must overlap by this share for their agreement to mean something. */
    private static final double LEAST_OVERLAP = 0.2;

    /** Correlations above this are as good as equal: the logarithm of Fisher's z would count noise there. */
    private static final double LARGEST_CORRELATION = 0.995;

    /** A refined move is right to this share of a sample of the finest plane. */
    private static final double FINEST_STEP = 0.1;

    private MotionMeasure() {}

    /** The move between the first and the last frame. */
    public static Similarity of(Video video) {
        return between(Plane.of(video, 0, SIDE), Plane.of(video, video.frames() - 1, SIDE));
    }

    /** The move between two planes of one side, a power of two of at least 64. */
    public static Similarity between(Plane first, Plane last) {
        Plane a = first.reduced(REDUCED);
        Plane b = last.reduced(REDUCED);
        Similarity best = Similarity.NONE;
        double agreement = agreement(a, b, best);
        for (Similarity candidate : candidates(first, last)) {
            double other = agreement(a, b, candidate);
            if (other > agreement) {
                best = candidate;
                agreement = other;
            }
        }
        for (Similarity candidate : grid()) {
            double other = GRID_HANDICAP * agreement(a, b, candidate);
            if (other > agreement) {
                best = candidate;
                agreement = other;
            }
        }
        return best;
    }

    /** The best-fitting move near {@code start}: a pattern search for the greatest correlation, on ever finer planes. */
    public static Similarity refined(Plane first, Plane last, Similarity start) {
        Similarity best = start;
        for (int side = REDUCED; side <= first.side(); side *= 2) {
            Plane a = first.reduced(side);
            Plane b = last.reduced(side);
            double most = correlation(a, b, best);
            for (double step = (side == REDUCED ? 2 : 0.5) / side; step > FINEST_STEP / side; step /= 2) {
                for (boolean improved = true; improved; ) {
                    improved = false;
                    for (Similarity neighbour : neighbours(best, step)) {
                        double other = correlation(a, b, neighbour);
                        if (other > most) {
                            best = neighbour;
                            most = other;
                            improved = true;
                        }
                    }
                }
            }
        }
        return best;
    }

    private static List<Similarity> neighbours(Similarity s, double step) {
        double grown = s.scale() * Math.exp(step);
        double shrunk = s.scale() * Math.exp(-step);
        return List.of(
                new Similarity(s.dx() + step, s.dy(), s.scale(), s.angle()),
                new Similarity(s.dx() - step, s.dy(), s.scale(), s.angle()),
                new Similarity(s.dx(), s.dy() + step, s.scale(), s.angle()),
                new Similarity(s.dx(), s.dy() - step, s.scale(), s.angle()),
                new Similarity(s.dx(), s.dy(), grown, s.angle()),
                new Similarity(s.dx(), s.dy(), shrunk, s.angle()),
                new Similarity(s.dx(), s.dy(), s.scale(), s.angle() + step),
                new Similarity(s.dx(), s.dy(), s.scale(), s.angle() - step));
    }

    private static List<Similarity> grid() {
        List<Similarity> grid = new ArrayList<>();
        for (int step = -GRID_STEPS; step <= GRID_STEPS; step++) {
            grid.add(new Similarity(0, 0, Math.exp(step * GRID_STEP), 0));
            grid.add(new Similarity(0, 0, 1, step * GRID_STEP));
        }
        return grid;
    }

    private static List<Similarity> candidates(Plane first, Plane last) {
        List<Similarity> turns = new ArrayList<>(List.of(Similarity.NONE));
        turns.addAll(new LogPolar(first.side()).candidates(first, last, TURNS));
        List<Similarity> candidates = new ArrayList<>();
        for (Similarity turn : turns) {
            candidates.addAll(shifts(first, last, turn));
        }
        return candidates;
    }

    /** Undoes the turn, then measures the shift that is left. */
    private static List<Similarity> shifts(Plane first, Plane last, Similarity turn) {
        int side = first.side();
        double half = side / 2.0 * Math.min(1, 1 / turn.scale());
        double[] a = Windows.square(first, half);
        double[] b = Windows.square(undone(last, turn), half);
        List<Similarity> found = new ArrayList<>();
        for (PhaseCorrelation.Peak peak : PhaseCorrelation.peaks(a, b, side, SHIFTS)) {
            double[] shift = turn.apply(peak.x() / side, peak.y() / side);
            found.add(new Similarity(shift[0], shift[1], turn.scale(), turn.angle()));
        }
        return found;
    }

    private static Plane undone(Plane last, Similarity turn) {
        int side = last.side();
        double[] values = new double[side * side];
        double centre = (side - 1) / 2.0;
        for (int i = 0; i < values.length; i++) {
            double[] place = turn.apply((i % side - centre) / side, (i / side - centre) / side);
            values[i] = last.at(place[0] * side, place[1] * side);
        }
        return new Plane(side, values);
    }

    /** Fisher's z of the correlation over the overlap, times the root of the overlap: as unlikely to be chance as it is large. */
    private static double agreement(Plane a, Plane b, Similarity motion) {
        Correlation correlation = overlapping(a, b, motion);
        double overlap = correlation.count / (double) (a.side() * a.side());
        if (overlap < LEAST_OVERLAP) {
            return Double.NEGATIVE_INFINITY;
        }
        double r = Math.min(LARGEST_CORRELATION, correlation.value());
        return Math.log((1 + r) / (1 - r)) / 2 * Math.sqrt(overlap);
    }

    /** Correlation of the planes where they overlap under a move; minus infinity where they hardly do. */
    public static double correlation(Plane a, Plane b, Similarity motion) {
        Correlation correlation = overlapping(a, b, motion);
        boolean enough = correlation.count >= LEAST_OVERLAP * a.side() * a.side();
        return enough ? correlation.value() : Double.NEGATIVE_INFINITY;
    }

    private static Correlation overlapping(Plane a, Plane b, Similarity motion) {
        int side = a.side();
        double centre = (side - 1) / 2.0;
        double cos = motion.scale() * Math.cos(motion.angle());
        double sin = motion.scale() * Math.sin(motion.angle());
        Correlation correlation = new Correlation();
        for (int row = 0; row < side; row++) {
            double down = row - centre;
            for (int column = 0; column < side; column++) {
                double right = column - centre;
                double value = b.at(
                        cos * right - sin * down + motion.dx() * side, sin * right + cos * down + motion.dy() * side);
                if (!Double.isNaN(value)) {
                    correlation.add(a.values()[row * side + column], value);
                }
            }
        }
        return correlation;
    }

    /** Pearson's. */
    private static final class Correlation {
        private int count;
        private double a;
        private double b;
        private double aa;
        private double bb;
        private double ab;

        void add(double x, double y) {
            count++;
            a += x;
            b += y;
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }

        /** Zero where one side is constant. */
        double value() {
            double variance = (aa - a * a / count) * (bb - b * b / count);
            return variance > 1e-12 ? (ab - a * b / count) / Math.sqrt(variance) : 0;
        }
    }
}
