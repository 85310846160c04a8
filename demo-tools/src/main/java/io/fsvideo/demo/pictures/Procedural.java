package io.fsvideo.demo.pictures;

import io.fsvideo.media.Image;
import java.util.SplittableRandom;

/** A picture made of a seed: a landscape of noise or a gradient, on most of them shapes or words, often a texture over all. */
final class Procedural {
    /** Height and width. */
    private static final int SIDE = 512;

    private static final int CHANNELS = 3;

    private static final double SHAPES = 0.65;
    private static final double WORDS = 0.8;

    private final SplittableRandom random;

    Procedural(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** The same for the same seed. */
    Image draw() {
        double kind = random.nextDouble();
        // A gradient alone would look the same under many moves: it always carries shapes or words.
        boolean landscape = kind >= WORDS || random.nextDouble() < 0.6;
        float[] background = landscape ? landscape() : gradient();
        Canvas canvas = new Canvas(background, SIDE, random);
        if (kind < SHAPES) {
            canvas.shapes();
        } else if (kind < WORDS) {
            canvas.words();
        }
        float[] rgb = canvas.rgb();
        return Image.of(SIDE, SIDE, random.nextDouble() < 0.6 ? textured(rgb) : rgb);
    }

    /** Noise between three colours, often under a plain sky. */
    private float[] landscape() {
        float[] height = Noise.plane(random, SIDE, random.nextDouble(1, 2));
        float[][] colours = {Canvas.colour(random), Canvas.colour(random), Canvas.colour(random)};
        float[] rgb = new float[SIDE * SIDE * CHANNELS];
        for (int i = 0; i < rgb.length; i++) {
            float at = 2 * height[i / CHANNELS];
            int lower = at < 1 ? 0 : 1;
            float low = colours[lower][i % CHANNELS];
            rgb[i] = clamped(low + (colours[lower + 1][i % CHANNELS] - low) * (at - lower));
        }
        if (random.nextDouble() < 0.5) {
            sky(rgb);
        }
        return rgb;
    }

    private void sky(float[] rgb) {
        float[] skyline = Noise.plane(random, SIDE, 1.7);
        float[] colour = Canvas.colour(random);
        for (int i = 0; i < rgb.length; i++) {
            int row = i / CHANNELS / SIDE;
            if (row < SIDE * (0.3 + 0.3 * skyline[i / CHANNELS % SIDE])) {
                rgb[i] = clamped(colour[i % CHANNELS] + row / (float) SIDE * 0.24f);
            }
        }
    }

    private float[] gradient() {
        float[] from = Canvas.colour(random);
        float[] to = Canvas.colour(random);
        double angle = random.nextDouble(2 * Math.PI);
        double steepness = random.nextDouble(0.7, 1.4);
        double waves = random.nextDouble() < 0.3 ? random.nextDouble(8, 60) : 0;
        float[] rgb = new float[SIDE * SIDE * CHANNELS];
        for (int i = 0; i < rgb.length; i++) {
            double x = i / CHANNELS % SIDE / (double) SIDE - 0.5;
            double y = i / CHANNELS / SIDE / (double) SIDE - 0.5;
            double ramp = (x * Math.cos(angle) + y * Math.sin(angle)) * steepness + 0.5;
            double at = waves > 0 ? 0.5 + 0.5 * Math.sin(ramp * waves) : Math.max(0, Math.min(1, ramp));
            rgb[i] = from[i % CHANNELS] + (to[i % CHANNELS] - from[i % CHANNELS]) * (float) at;
        }
        return rgb;
    }

    private float[] textured(float[] rgb) {
        float[] texture = Noise.plane(random, SIDE, random.nextDouble(0.8, 1.6));
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = clamped(rgb[i] * (0.75f + 0.5f * texture[i / CHANNELS]));
        }
        return rgb;
    }

    private static float clamped(float value) {
        return Math.max(0, Math.min(1, value));
    }
}
