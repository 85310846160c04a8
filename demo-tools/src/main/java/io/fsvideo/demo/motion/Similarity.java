package io.fsvideo.demo.motion;

/**
 * Where a picture's content goes: a point p, relative to the centre, x to the right and y down, goes to {@code scale R(angle) p + (dx,
 * dy)}.
 *
 * @param dx to the right, in sides of the picture
 * @param dy down, in sides of the picture
 * @param scale above 1 when content grows
 * @param angle in radians, above 0 when content turns clockwise on the screen
 */
public record Similarity(double dx, double dy, double scale, double angle) {
    /** Standing still. */
    public static final Similarity NONE = new Similarity(0, 0, 1, 0);

    /** Mean distance of a square's points from its centre, in sides: how far a zoom or turn carries content on average. */
    private static final double MEAN_RADIUS = 0.3826;

    /** How far content goes because of the growth, in sides; negative when it shrinks. */
    public double growth() {
        return MEAN_RADIUS * Math.log(scale);
    }

    /** How far content goes because of the turn, in sides; negative when it turns counterclockwise. */
    public double turn() {
        return MEAN_RADIUS * angle;
    }

    /** x and y of where the point goes, all in sides. */
    double[] apply(double x, double y) {
        double cos = scale * Math.cos(angle);
        double sin = scale * Math.sin(angle);
        return new double[] {cos * x - sin * y + dx, sin * x + cos * y + dy};
    }

    /** x and y of where the content that is now at the point came from, all in sides. */
    public double[] undo(double x, double y) {
        double cos = Math.cos(angle) / scale;
        double sin = Math.sin(angle) / scale;
        return new double[] {cos * (x - dx) + sin * (y - dy), cos * (y - dy) - sin * (x - dx)};
    }
}
