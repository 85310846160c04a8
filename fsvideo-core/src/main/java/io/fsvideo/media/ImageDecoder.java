package io.fsvideo.media;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Bytes to an upright picture: format, then size, then pixels, so that a lying header costs nothing. */
final class ImageDecoder {
    private ImageDecoder() {}

    static byte[] bytes(Path file) {
        try {
            if (Files.isDirectory(file)) {
                throw new ImageException("Image.read: " + file + " must be a picture file, got a directory");
            }
            try (var stream = Files.newInputStream(file)) {
                return stream.readNBytes(Image.MAX_BYTES + 1);
            }
        } catch (NoSuchFileException e) {
            throw new ImageException("Image.read: " + file + " must exist, got no such file", e);
        } catch (IOException e) {
            throw new ImageException("Image.read: " + file + " must be readable, got " + e, e);
        }
    }

    static Image decode(byte[] bytes, String source) {
        if (bytes.length > Image.MAX_BYTES) {
            throw new ImageException(
                    "Image.read: " + source + " must have at most " + Image.MAX_BYTES + " bytes, got more");
        }
        ImageFormat format = ImageFormat.of(bytes);
        if (format == null) {
            throw new ImageException("Image.read: " + source + " must be a PNG, JPEG, WebP, BMP or GIF picture, got "
                    + described(bytes));
        }
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            ImageReader reader = format.reader();
            try {
                reader.setInput(stream, true, true);
                Image image = decode(reader, format, bytes, source);
                return Orientation.apply(Orientation.of(format, bytes), image);
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

    private static Image decode(ImageReader reader, ImageFormat format, byte[] bytes, String source)
            throws IOException {
        int height = reader.getHeight(0);
        int width = reader.getWidth(0);
        Image.checkSize("Image.read", source, height, width);
        format.requireWhole(bytes);
        Damage damage = new Damage();
        reader.addIIOReadWarningListener(damage);
        Image image;
        try {
            image = pixels(reader, format, bytes);
        } catch (OutOfMemoryError e) {
            // One picture-sized array did not fit; the heap itself is sound.
            throw new ImageException(
                    "Image.read: " + source + " must fit the Java heap, got height " + height + " x width " + width
                            + ", about " + (20L * height * width >> 20) + " MiB; raise -Xmx or scale it down",
                    e);
        }
        if (damage.message != null) {
            throw new IOException(damage.message);
        }
        return image;
    }

    private static Image pixels(ImageReader reader, ImageFormat format, byte[] bytes) throws IOException {
        if (format == ImageFormat.JPEG) {
            CmykJpeg cmyk = new CmykJpeg(bytes);
            if (cmyk.matches()) {
                return cmyk.convert(reader.readRaster(0, null));
            }
        }
        return Pixels.of(reader.read(0));
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

        private String message;

        @Override
        public void warningOccurred(ImageReader source, String warning) {
            if (FATAL.matcher(warning).find()) {
                message = warning;
            }
        }
    }
}
