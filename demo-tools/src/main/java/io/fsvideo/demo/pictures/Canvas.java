package io.fsvideo.demo.pictures;

import io.fsvideo.media.Image;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A square to draw shapes and words on, at random. */
final class Canvas {
    private static final double LARGEST_RADIUS = 200;
    private static final String[] WORDS = {
        "light", "sea", "tree", "stone", "road", "north", "open", "small", "river", "glass", "white", "house"
    };

    private final int side;
    private final SplittableRandom random;
    private final BufferedImage image;

    /** @param background {@code [side, side, 3]} in [0, 1] */
    Canvas(float[] background, int side, SplittableRandom random) {
        this.side = side;
        this.random = random;
        this.image = Image.of(side, side, background).toBufferedImage();
    }

    float[] rgb() {
        return Image.of(image).rgb();
    }

    /** Mostly one brightness with a tint. */
    static float[] colour(SplittableRandom random) {
        double brightness = random.nextDouble();
        float[] colour = new float[3];
        for (int i = 0; i < colour.length; i++) {
            colour[i] = (float) Math.max(0, Math.min(1, brightness + 0.12 * random.nextGaussian()));
        }
        return colour;
    }

    /** Shapes over each other with sizes as in photographs: many small, few large. */
    void shapes() {
        double smallest = random.nextDouble(4, 30);
        double[] radii = new double[random.nextInt(10, 121)];
        Arrays.setAll(radii, i -> Math.min(LARGEST_RADIUS, smallest / random.nextDouble(0.04, 1)));
        Arrays.sort(radii);
        Graphics2D graphics = graphics();
        for (int i = radii.length - 1; i >= 0; i--) {
            graphics.setColor(awt(colour(random)));
            graphics.fill(shape(radii[i]));
        }
        graphics.dispose();
    }

    private Shape shape(double radius) {
        double x = random.nextDouble(side);
        double y = random.nextDouble(side);
        double kind = random.nextDouble();
        if (kind < 0.4) {
            double squash = random.nextDouble(0.4, 1);
            return new Ellipse2D.Double(x - radius, y - radius * squash, 2 * radius, 2 * radius * squash);
        }
        if (kind < 0.8) {
            return polygon(x, y, 1.3 * radius);
        }
        Line2D line =
                new Line2D.Double(x, y, x + random.nextDouble(-3, 3) * radius, y + random.nextDouble(-3, 3) * radius);
        return new BasicStroke((float) Math.max(1, radius / 6)).createStrokedShape(line);
    }

    private Shape polygon(double x, double y, double radius) {
        double[] turns = new double[random.nextInt(3, 8)];
        Arrays.setAll(turns, i -> random.nextDouble(2 * Math.PI));
        Arrays.sort(turns);
        Path2D path = new Path2D.Double();
        for (int i = 0; i < turns.length; i++) {
            double px = x + radius * Math.cos(turns[i]) * random.nextDouble(0.5, 1);
            double py = y + radius * Math.sin(turns[i]) * random.nextDouble(0.5, 1);
            if (i == 0) {
                path.moveTo(px, py);
            } else {
                path.lineTo(px, py);
            }
        }
        path.closePath();
        return path;
    }

    /** Lines of words, one colour each. */
    void words() {
        double pixel = random.nextDouble(4, 12);
        Graphics2D graphics = graphics();
        for (double y = 10; y < side; y += (Lettering.HEIGHT + 2) * pixel) {
            StringBuilder line = new StringBuilder();
            while (line.length() * pixel * Lettering.ADVANCE < side + 40) {
                line.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
            }
            graphics.setColor(awt(colour(random)));
            AffineTransform place = AffineTransform.getTranslateInstance(random.nextDouble(-40, 0), y);
            place.scale(pixel, pixel);
            graphics.fill(place.createTransformedShape(Lettering.outline(line.toString())));
        }
        graphics.dispose();
    }

    private Graphics2D graphics() {
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        return graphics;
    }

    private static Color awt(float[] colour) {
        return new Color(colour[0], colour[1], colour[2]);
    }
}
