package io.fsvideo.demo.motion;

import io.fsvideo.media.Image;
import io.fsvideo.media.Video;

/**
 * A grey square, {@code [side, side]} in row order. Positions are relative to the centre, x to the right and y down, in samples.
 *
 * @param side a power of two
 */
public record Plane(int side, double[] values) {
    /** Luma weights of Rec. 601. */
    private static final double[] LUMA = {0.299, 0.587, 0.114};

    /** The largest centre square, scaled. */
    public static Plane of(Image image, int side) {
        Image scaled = image.resizeToCover(side, side);
        float[] rgb = scaled.rgb();
        double[] values = new double[side * side];
        for (int i = 0; i < values.length; i++) {
            for (int c = 0; c < LUMA.length; c++) {
                values[i] += LUMA[c] * rgb[LUMA.length * i + c];
            }
        }
        return new Plane(side, values);
    }

    /** One frame of a clip. */
    public static Plane of(Video video, int frame, int side) {
        return of(Frames.image(video, frame), side);
    }

    /** Bilinear sample; NaN outside. */
    public double at(double x, double y) {
        double column = x + (side - 1) / 2.0;
        double row = y + (side - 1) / 2.0;
        if (!(column >= 0 && row >= 0 && column <= side - 1 && row <= side - 1)) {
            return Double.NaN;
        }
        int left = Math.min((int) column, side - 2);
        int top = Math.min((int) row, side - 2);
        double right = column - left;
        double down = row - top;
        int i = top * side + left;
        return (values[i] * (1 - right) + values[i + 1] * right) * (1 - down)
                + (values[i + side] * (1 - right) + values[i + side + 1] * right) * down;
    }

    /** Averages blocks, so that {@code smaller} samples a side remain. */
    public Plane reduced(int smaller) {
        int block = side / smaller;
        double[] reduced = new double[smaller * smaller];
        for (int i = 0; i < values.length; i++) {
            reduced[i / side / block * smaller + i % side / block] += values[i] / (block * block);
        }
        return new Plane(smaller, reduced);
    }
}
