package io.fsvideo.media;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Turns a decoded picture of any pixel type into floats over white. */
final class Pixels {
    private Pixels() {}

    static Image of(BufferedImage image) {
        int height = image.getHeight();
        int width = image.getWidth();
        float[] rgb = new float[3 * height * width];
        ColorModel model = image.getColorModel();
        for (int y = 0; y < height; y++) {
            if (isPlain(model)) {
                copySamples(image.getRaster(), model, y, rgb);
            } else {
                copyConverted(image, y, rgb);
            }
        }
        return new Image(height, width, rgb);
    }

    /** Numbers per pixel that a profile must be for: 1 of a grey picture, else 3. */
    static int components(BufferedImage image) {
        ColorModel model = image.getColorModel();
        return isPlain(model) && model.getNumColorComponents() == 1 ? 1 : 3;
    }

    /** Colours converted first, then laid over white. */
    static Image of(BufferedImage image, ColourProfile profile) {
        int height = image.getHeight();
        int width = image.getWidth();
        int components = components(image);
        float[] samples = new float[components * height * width];
        float[] alpha = new float[height * width];
        for (int y = 0; y < height; y++) {
            straight(image, y, components, samples, alpha);
        }
        float[] rgb = profile.convert(samples, width);
        for (int i = 0; i < rgb.length; i++) {
            float a = alpha[i / 3];
            rgb[i] = Math.min(1, rgb[i] * a + (1 - a));
        }
        return new Image(height, width, rgb);
    }

    private static void straight(BufferedImage image, int y, int components, float[] samples, float[] alpha) {
        ColorModel model = image.getColorModel();
        Raster raster = image.getRaster();
        int width = image.getWidth();
        boolean plain = isPlain(model);
        int bands = plain ? raster.getNumBands() : 3;
        int[] row = plain
                ? raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, (int[]) null)
                : image.getRGB(0, y, width, 1, null, 0, width);
        for (int x = 0; x < width; x++) {
            boolean hasAlpha = plain && model.hasAlpha();
            float a = !plain
                    ? (row[x] >>> 24) / 255f
                    : hasAlpha ? row[x * bands + components] / maximum(model, components) : 1;
            alpha[y * width + x] = a;
            for (int c = 0; c < components; c++) {
                float value = plain ? row[x * bands + c] / maximum(model, c) : (row[x] >> 16 - 8 * c & 0xff) / 255f;
                boolean divide = plain && model.isAlphaPremultiplied() && a > 0;
                samples[components * (y * width + x) + c] = divide ? Math.min(1, value / a) : value;
            }
        }
    }

    /** Whether samples are grey or RGB numbers as stored; AWT's own conversion would treat grey as linear light. */
    private static boolean isPlain(ColorModel model) {
        int space = model.getColorSpace().getType();
        int type = model.getTransferType();
        return !(model instanceof IndexColorModel)
                && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB)
                && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT || type == DataBuffer.TYPE_INT);
    }

    private static void copySamples(Raster raster, ColorModel model, int y, float[] rgb) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int colours = model.getNumColorComponents();
        int[] samples = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, (int[]) null);
        float alphaMax = model.hasAlpha() ? maximum(model, colours) : 1;
        for (int x = 0; x < width; x++) {
            float alpha = model.hasAlpha() ? samples[x * bands + colours] / alphaMax : 1;
            float weight = model.isAlphaPremultiplied() ? 1 : alpha;
            for (int c = 0; c < 3; c++) {
                int band = colours == 3 ? c : 0;
                float value = samples[x * bands + band] / maximum(model, band);
                rgb[3 * (y * width + x) + c] = Math.min(1, value * weight + (1 - alpha));
            }
        }
    }

    private static float maximum(ColorModel model, int band) {
        return (1L << model.getComponentSize(band)) - 1;
    }

    private static void copyConverted(BufferedImage image, int y, float[] rgb) {
        int width = image.getWidth();
        int[] row = image.getRGB(0, y, width, 1, null, 0, width);
        for (int x = 0; x < width; x++) {
            float alpha = (row[x] >>> 24) / 255f;
            for (int c = 0; c < 3; c++) {
                float value = (row[x] >> 16 - 8 * c & 0xff) / 255f;
                rgb[3 * (y * width + x) + c] = value * alpha + (1 - alpha);
            }
        }
    }
}
