package io.fsvideo.media;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;

/** Bytes to an upright picture: format, then size, then pixels, so that a lying header costs nothing. */
final class ImageDecoder {
    private ImageDecoder() {}

    static byte[] bytes(Path file, ImageLimits limits) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw new ImageException("Image.read: " + file + " must be a picture file, got "
                        + (Files.isDirectory(file) ? "a directory" : "a pipe or device"));
            }
            try (var stream = Files.newInputStream(file)) {
                return stream.readNBytes(limits.maxBytes() + 1);
            }
        } catch (NoSuchFileException e) {
            throw new ImageException("Image.read: " + file + " must exist, got no such file", e);
        } catch (IOException e) {
            throw new ImageException("Image.read: " + file + " must be readable, got " + e, e);
        }
    }

    static Image decode(byte[] bytes, String source, ImageLimits limits) {
        if (bytes.length > limits.maxBytes()) {
            throw new ImageException(
                    "Image.read: " + source + " must have at most " + limits.maxBytes() + " bytes, got more");
        }
        ImageFormat format = ImageFormat.of(bytes);
        if (format == null) {
            String foreign = ImageFormat.foreign(bytes);
            throw new ImageException(
                    "Image.read: " + source + " must be a PNG, JPEG, WebP, BMP or GIF picture, got "
                            + (foreign == null
                                    ? described(bytes)
                                    : foreign
                                            + " picture; save it as PNG or JPEG, with a photo program or ImageMagick's convert"));
        }
        StoredPicture picture = StoredPicture.of(format, bytes, limits.maxPixels());
        try (ImageInputStream stream = new PictureInput(picture.bytes())) {
            ImageReader reader = format.reader();
            try {
                reader.setInput(stream, true, true);
                Image image = decode(reader, picture, source, limits);
                return Orientation.apply(Orientation.of(picture, bytes), image).keeping(image.warnings());
            } finally {
                reader.dispose();
            }
        } catch (ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Readers throw all kinds of runtime exceptions on damaged files.
            throw new ImageException(
                    "Image.read: " + source + " must be a whole, valid " + format + " picture, got " + bytes.length
                            + " bytes that fail with: " + e,
                    e);
        }
    }

    private static Image decode(ImageReader reader, StoredPicture picture, String source, ImageLimits limits)
            throws IOException {
        ImageFormat format = picture.format();
        int height = reader.getHeight(0);
        int width = reader.getWidth(0);
        Image.checkSize("Image.read", source, height, width);
        if ((long) height * width > limits.maxPixels()) {
            throw new ImageException(
                    "Image.read: " + source + " must have at most " + limits.maxPixels() + " pixels, got height "
                            + height + " x width " + width + "; scale it down first, or raise the limit");
        }
        requireHeap(source, height, width);
        format.requireWhole(picture.bytes());
        format.requireEnough(picture.bytes(), height, width);
        Damage damage = new Damage();
        reader.addIIOReadWarningListener(damage);
        Image image;
        try {
            image = pixels(reader, picture);
        } catch (OutOfMemoryError e) {
            // One picture-sized array did not fit; the heap itself is sound.
            throw tooLargeForTheHeap(source, height, width, e);
        }
        if (damage.message != null) {
            throw new IOException(damage.message);
        }
        return image;
    }

    /** Asks before anything is unpacked: a picture of some kilobytes may state a size of a gigabyte. */
    private static void requireHeap(String source, int height, int width) {
        if (heapBytes(height, width) > Runtime.getRuntime().maxMemory()) {
            throw tooLargeForTheHeap(source, height, width, null);
        }
    }

    /** A pixel as it was read, as three floats, and room to turn it. */
    private static long heapBytes(int height, int width) {
        return 20L * height * width;
    }

    private static ImageException tooLargeForTheHeap(String source, int height, int width, Throwable cause) {
        return new ImageException(
                "Image.read: " + source + " must fit the Java heap, got height " + height + " x width " + width
                        + ", about " + (heapBytes(height, width) >> 20) + " MiB of "
                        + (Runtime.getRuntime().maxMemory() >> 20) + "; raise -Xmx or scale it down",
                cause);
    }

    private static Image pixels(ImageReader reader, StoredPicture picture) throws IOException {
        if (picture.format() == ImageFormat.JPEG) {
            CmykJpeg cmyk = new CmykJpeg(picture.bytes());
            if (cmyk.matches()) {
                List<String> warnings = new ArrayList<>();
                ColourProfile profile = profile(picture, 4, warnings);
                return cmyk.convert(reader.readRaster(0, null), profile).withWarnings(warnings);
            }
        }
        BufferedImage image = reader.read(0);
        List<String> warnings = new ArrayList<>();
        ColourProfile profile = profile(picture, Pixels.components(image), warnings);
        Image pixels = (profile == null ? Pixels.of(image) : Pixels.of(image, profile)).withWarnings(warnings);
        GifPlace place = picture.format() == ImageFormat.GIF ? GifPlace.of(picture.bytes()) : null;
        return place == null ? pixels : place.paint(pixels);
    }

    private static ColourProfile profile(StoredPicture picture, int components, List<String> warnings) {
        try {
            return picture.profile(components);
        } catch (ColourProfile.UnusableException e) {
            warnings.add("The colour profile of the picture is ignored: " + e.getMessage() + ".");
            return null;
        }
    }

    private static String described(byte[] bytes) {
        if (bytes.length == 0) {
            return "an empty file (0 bytes)";
        }
        String start = HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(8, bytes.length));
        return bytes.length + " bytes starting with " + start;
    }

    /** Readers fill what is missing with grey and only warn; a damaged picture is refused instead. */
    private static final class Damage implements IIOReadWarningListener {
        private static final Pattern FATAL =
                Pattern.compile("truncated|premature|corrupt|EOF|end of", Pattern.CASE_INSENSITIVE);
        /** Viewers pass over them too. */
        private static final Pattern HARMLESS = Pattern.compile("extraneous bytes", Pattern.CASE_INSENSITIVE);

        private String message;

        @Override
        public void warningOccurred(ImageReader source, String warning) {
            if (FATAL.matcher(warning).find() && !HARMLESS.matcher(warning).find()) {
                message = warning;
            }
        }
    }
}
