package io.fsvideo.media;

import static io.fsvideo.media.Pictures.assertNear;
import static io.fsvideo.media.Pictures.assertPixel;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    /** Weights and the row in between are rounded to float: a few units of 2^-24 on values up to 1. */
    private static final double TOLERANCE = 1e-6;

    @Test
    void identityKeepsTheBits() {
        Image image = random(13, 257);
        assertArrayEquals(image.rgb(), image.resize(13, 257).rgb());
        assertArrayEquals(image.rgb(), image.resizeToCover(13, 257).rgb());
    }

    @ParameterizedTest
    @CsvSource({"7, 5, 31, 2", "100, 3, 1, 9", "1, 1, 5, 7"})
    void constantStaysConstant(int fromHeight, int fromWidth, int toHeight, int toWidth) {
        float[] rgb = new float[3 * fromHeight * fromWidth];
        Arrays.fill(rgb, 0.3f);
        for (float value :
                Image.of(fromHeight, fromWidth, rgb).resize(toHeight, toWidth).rgb()) {
            assertNear("constant", 0.3, value, TOLERANCE);
        }
    }

    /**
     * Two columns to one: centre 1, kernel widened by 2, positions at distance 0.25 on both sides, so the mean. Two to
     * four: k(0.25) = 0.8671875, k(0.75) = 0.2265625; the first output, centre 0.25, sees distances 0.25 and 1.25
     * (k = -0.0703125), the second, centre 0.75, 0.25 and 0.75.
     */
    @Test
    void matchesValuesComputedByHand() {
        Image image = Image.of(1, 2, new float[] {0.2f, 0.2f, 0.2f, 0.6f, 0.6f, 0.6f});
        assertPixel(image.resize(1, 1), 0, 0, 0.4, 0.4, 0.4, TOLERANCE);
        double first = (0.8671875 * 0.2 - 0.0703125 * 0.6) / (0.8671875 - 0.0703125);
        double second = (0.8671875 * 0.2 + 0.2265625 * 0.6) / (0.8671875 + 0.2265625);
        Image wide = image.resize(1, 4);
        assertPixel(wide, 0, 0, first, first, first, TOLERANCE);
        assertPixel(wide, 0, 1, second, second, second, TOLERANCE);
        assertPixel(wide, 0, 2, 0.8 - second, 0.8 - second, 0.8 - second, TOLERANCE);
        assertPixel(wide, 0, 3, 0.8 - first, 0.8 - first, 0.8 - first, TOLERANCE);
    }

    @ParameterizedTest
    @CsvSource({"17, 23, 9, 40", "64, 48, 7, 5", "5, 9, 33, 31", "257, 3, 128, 128", "1, 30, 12, 1"})
    void matchesDefinition(int fromHeight, int fromWidth, int toHeight, int toWidth) {
        Image image = random(fromHeight, fromWidth);
        check(image, toHeight, toWidth, toHeight, toWidth, image.resize(toHeight, toWidth));
    }

    @Test
    void coverCropsTheCentre() {
        Image image = random(30, 50);
        // 20 / 30 > 20 / 50: scaled to 20 x 33, then (33 - 20) / 2 = 6 columns cut at the left.
        check(image, 20, 33, 20, 20, image.resizeToCover(20, 20));
        check(image, 84, 140, 64, 140, image.resizeToCover(64, 140));
        Image fitted = random(90, 160).resizeToCover(new Bucket(128, 256));
        assertEquals(128, fitted.height());
        assertEquals(256, fitted.width());
    }

    @Test
    void extremeShapesAreCropped() {
        Image strip = random(1, 100_000);
        check(strip, 128, 12_800_000, 128, 128, strip.resizeToCover(128, 128));
    }

    private static void check(Image in, int toHeight, int toWidth, int height, int width, Image out) {
        assertEquals(height, out.height());
        assertEquals(width, out.width());
        float[] rgb = out.rgb();
        for (int i = 0; i < rgb.length; i += 1 + rgb.length / 5000) {
            int y = i / 3 / width + (toHeight - height) / 2;
            int x = i / 3 % width + (toWidth - width) / 2;
            assertNear("value " + i, definition(in, toHeight, toWidth, y, x, i % 3), rgb[i], TOLERANCE);
        }
    }

    /** One output value, both axes at once, in float64. */
    private static double definition(Image in, int toHeight, int toWidth, int y, int x, int channel) {
        double scaleY = (double) in.height() / toHeight;
        double scaleX = (double) in.width() / toWidth;
        double sum = 0;
        double weights = 0;
        float[] rgb = in.pixels();
        for (int row = 0; row < in.height(); row++) {
            double weightY = kernel((row + 0.5 - (y + 0.5) * scaleY) / Math.max(1, scaleY));
            if (weightY == 0) {
                continue;
            }
            for (int column = 0; column < in.width(); column++) {
                double weight = weightY * kernel((column + 0.5 - (x + 0.5) * scaleX) / Math.max(1, scaleX));
                sum += weight * rgb[3 * (row * in.width() + column) + channel];
                weights += weight;
            }
        }
        return Math.min(1, Math.max(0, sum / weights));
    }

    /** Keys (1981), a = -0.5, in its expanded form. */
    private static double kernel(double distance) {
        double d = Math.abs(distance);
        if (d <= 1) {
            return 1.5 * d * d * d - 2.5 * d * d + 1;
        }
        return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
    }

    private static Image random(int height, int width) {
        Random random = new Random(31L * height + width);
        float[] rgb = new float[3 * height * width];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = random.nextFloat();
        }
        return Image.of(height, width, rgb);
    }
}
