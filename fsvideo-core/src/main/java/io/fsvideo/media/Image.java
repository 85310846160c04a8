package io.fsvideo.media;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One picture: RGB, {@code [height, width, 3]} in row order, sRGB-encoded floats in [0, 1]. Immutable.
 *
 * <p>Files may be PNG, JPEG (grey, YCbCr, RGB, CMYK, YCCK), WebP, BMP or GIF (first frame). Reading turns the picture
 * upright by its EXIF or XMP orientation, composites alpha over white and keeps 16 bits per channel where there are 16. Colours are
 * converted to sRGB by the ICC profile (of RGB, grey or CMYK) or PNG's cICP code points; without either numbers are taken as sRGB, CMYK
 * as ink on white. A profile that cannot be used is named in {@link #warnings} and ignored.
 */
public final class Image {
    /** Largest picture that is read or built, in pixels (8192 x 8192): 768 MiB as floats. */
    public static final int MAX_PIXELS = 8192 * 8192;

    /** Longest file or stream that is read, in bytes. */
    public static final int MAX_BYTES = 512 << 20;

    /** A part of the picture whose loss is not worth a word. */
    private static final double MOST_CROPPED = 0.15;

    private final int height;
    private final int width;
    private final float[] rgb;
    private final List<String> warnings;

    private static final Logger LOG = LoggerFactory.getLogger(Image.class);

    /** Takes the array over without copying it. */
    Image(int height, int width, float[] rgb) {
        this(height, width, rgb, List.of());
    }

    private Image(int height, int width, float[] rgb, List<String> warnings) {
        this.height = height;
        this.width = width;
        this.rgb = rgb;
        this.warnings = List.copyOf(warnings);
    }

    /** The same pixels with what else is to be said of them, which goes to the log too. */
    Image withWarnings(List<String> more) {
        List<String> all = new ArrayList<>(warnings);
        for (String warning : more) {
            if (!all.contains(warning)) {
                LOG.warn(warning);
                all.add(warning);
            }
        }
        return new Image(height, width, rgb, all);
    }

    Image keeping(List<String> known) {
        return new Image(height, width, rgb, known);
    }

    /** What was lost or ignored on the way from the file to these pixels, in whole sentences; empty for most pictures. */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Reads a picture file.
     *
     * @throws ImageException if the file is missing, empty, truncated, no picture of a known format, or larger than
     *     {@link #MAX_PIXELS}; the size is checked before any pixel is decoded
     */
    public static Image read(Path file) {
        return read(file, ImageLimits.defaults());
    }

    /** Does what {@link #read(Path)} does for files and pictures up to these sizes. */
    public static Image read(Path file, ImageLimits limits) {
        ImageException.given("Image.read", "file", file);
        ImageException.given("Image.read", "limits", limits);
        return ImageDecoder.decode(ImageDecoder.bytes(file, limits), file.toString(), limits);
    }

    /** Reads a picture from memory, as {@link #read(Path)} does. */
    public static Image read(byte[] bytes) {
        return read(bytes, ImageLimits.defaults());
    }

    /** Does what {@link #read(byte[])} does for files and pictures up to these sizes. */
    public static Image read(byte[] bytes, ImageLimits limits) {
        ImageException.given("Image.read", "bytes", bytes);
        ImageException.given("Image.read", "limits", limits);
        return ImageDecoder.decode(bytes, "the bytes", limits);
    }

    /** Reads a picture from a stream up to its end, as {@link #read(Path)} does; the caller closes the stream. */
    public static Image read(InputStream stream) {
        return read(stream, ImageLimits.defaults());
    }

    /** Does what {@link #read(InputStream)} does for files and pictures up to these sizes. */
    public static Image read(InputStream stream, ImageLimits limits) {
        ImageException.given("Image.read", "stream", stream);
        ImageException.given("Image.read", "limits", limits);
        try {
            return ImageDecoder.decode(stream.readNBytes(limits.maxBytes() + 1), "the stream", limits);
        } catch (IOException e) {
            throw new ImageException("Image.read: the stream must be readable, got " + e.getMessage(), e);
        }
    }

    /** Copies a picture of any type, alpha composited over white. */
    public static Image of(BufferedImage image) {
        ImageException.given("Image.of", "image", image);
        checkSize("Image.of", "the image", image.getHeight(), image.getWidth());
        return Pixels.of(image);
    }

    /**
     * Copies pixels.
     *
     * @param rgb {@code [height, width, 3]} in [0, 1]
     */
    public static Image of(int height, int width, float[] rgb) {
        ImageException.given("Image.of", "rgb", rgb);
        checkSize("Image.of", "rgb", height, width);
        if (rgb.length != 3 * height * width) {
            throw new ImageException("Image.of: rgb must be [" + height + ", " + width + ", 3] (" + 3 * height * width
                    + " values), got " + rgb.length);
        }
        for (int i = 0; i < rgb.length; i++) {
            if (!(rgb[i] >= 0 && rgb[i] <= 1)) {
                throw new ImageException("Image.of: rgb must be in [0, 1], got " + rgb[i] + " at row " + i / 3 / width
                        + ", column " + i / 3 % width);
            }
        }
        return new Image(height, width, rgb.clone());
    }

    /** Height in pixels, after turning upright. */
    public int height() {
        return height;
    }

    /** Width in pixels, after turning upright. */
    public int width() {
        return width;
    }

    /** A copy of the pixels as models take them, {@code [height, width, 3]} in [-1, 1]. */
    public float[] toFloats() {
        float[] out = new float[rgb.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = 2 * rgb[i] - 1;
        }
        return out;
    }

    /** A copy of the pixels, {@code [height, width, 3]} in [0, 1]. */
    public float[] rgb() {
        return rgb.clone();
    }

    /**
     * Scales to exactly this size, aspect ratio not kept, with an antialiased bicubic filter.
     *
     * <p>Keys' kernel with a = -0.5, widened by the factor of shrinking, weights normalised at the edges, as Pillow's
     * BICUBIC; computed in float and clamped to [0, 1] once at the end. The size it already has gives the same bits.
     */
    public Image resize(int height, int width) {
        checkSize("Image.resize", "the result", height, width);
        return new Bicubic(this.height, height, height)
                .apply(this, new Bicubic(this.width, width, width))
                .keeping(warnings);
    }

    /**
     * Scales as {@link #resize} to the smallest size that covers this one with the aspect ratio kept, then crops the
     * centre.
     */
    public Image resizeToCover(int height, int width) {
        checkSize("Image.resizeToCover", "the result", height, width);
        double scale = Math.max((double) height / this.height, (double) width / this.width);
        long coverHeight = Math.max(height, Math.round(this.height * scale));
        long coverWidth = Math.max(width, Math.round(this.width * scale));
        Image cover =
                new Bicubic(this.height, coverHeight, height).apply(this, new Bicubic(this.width, coverWidth, width));
        double lost = 1 - (double) height * width / ((double) coverHeight * coverWidth);
        String crop = String.format(
                Locale.ROOT,
                "%.0f %% of the picture is cut off: it has %d x %d pixels and is shown as %d x %d; give a size of its"
                        + " shape to keep it whole",
                100 * lost,
                this.width,
                this.height,
                width,
                height);
        return cover.keeping(warnings).withWarnings(lost > MOST_CROPPED ? List.of(crop) : List.of());
    }

    /** Fits the picture to a bucket: {@link #resizeToCover} to its height and width. */
    public Image resizeToCover(Bucket bucket) {
        ImageException.given("Image.resizeToCover", "bucket", bucket);
        return resizeToCover(bucket.height(), bucket.width());
    }

    /** A copy with 8 bits per channel, rounded half up. */
    public BufferedImage toBufferedImage() {
        BufferedImage out = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < height * width; i++) {
            int red = (int) (rgb[3 * i] * 255 + 0.5f);
            int green = (int) (rgb[3 * i + 1] * 255 + 0.5f);
            int blue = (int) (rgb[3 * i + 2] * 255 + 0.5f);
            out.setRGB(i % width, i / width, red << 16 | green << 8 | blue);
        }
        return out;
    }

    /** The pixels themselves, for this package to read. */
    float[] pixels() {
        return rgb;
    }

    static void checkSize(String operation, String source, int height, int width) {
        if (height <= 0 || width <= 0) {
            throw new ImageException(operation + ": " + source + " must have a positive height and width, got height "
                    + height + ", width " + width);
        }
        if ((long) height * width > MAX_PIXELS) {
            throw new ImageException(operation + ": " + source + " must have at most " + MAX_PIXELS
                    + " pixels, got height " + height + " x width " + width + " = " + (long) height * width
                    + "; scale it down first");
        }
    }
}
