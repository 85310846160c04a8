package io.fsvideo.media;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/** The picture formats that are read, told apart by their first bytes, never by the file's name. */
enum ImageFormat {
    PNG,
    JPEG,
    WEBP,
    BMP,
    GIF;

    private static final long DEFLATE = 1032;

    /** The format of these bytes, or null if it is none of them. */
    static ImageFormat of(byte[] bytes) {
        if (starts(bytes, 0, "\u0089PNG\r\n\u001a\n")) {
            return PNG;
        }
        if (starts(bytes, 0, "\u00ff\u00d8\u00ff")) {
            return JPEG;
        }
        if (starts(bytes, 0, "RIFF") && starts(bytes, 8, "WEBP")) {
            return WEBP;
        }
        if (starts(bytes, 0, "GIF87a") || starts(bytes, 0, "GIF89a")) {
            return GIF;
        }
        return starts(bytes, 0, "BM") ? BMP : null;
    }

    /**
     * A new reader. The JDK's own is taken even where other plug-ins are installed, so that a picture gives the same
     * numbers in every application.
     */
    ImageReader reader() throws IOException {
        if (this == WEBP) {
            return new WebPImageReaderSpi().createReaderInstance(null);
        }
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(name());
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new IOException("this Java runtime has no " + name() + " reader in its java.desktop module");
    }

    /** Refuses files cut short in ways the readers let pass. */
    void requireWhole(byte[] bytes) throws IOException {
        if (this == PNG && Chunks.ofPng(bytes, "IEND").isEmpty()) {
            throw new EOFException("the end chunk is missing");
        }
        if (this == WEBP) {
            long stated = 8
                    + Integer.toUnsignedLong(ByteBuffer.wrap(bytes)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getInt(4));
            if (stated > bytes.length) {
                throw new EOFException("the header states " + stated + " bytes");
            }
        }
    }

    /** Refuses a size that so few bytes cannot fill: deflate makes at most 1032 bytes of one, and every block of a JPEG takes a bit. */
    void requireEnough(byte[] bytes, int height, int width) throws IOException {
        long least = 0;
        if (this == PNG && bytes.length > 25) {
            int[] samples = {1, 0, 3, 1, 2, 0, 4};
            int type = Math.min(6, bytes[25] & 0xff);
            least = height * (1 + ((long) width * samples[type] * bytes[24] + 7) / 8) / DEFLATE;
        } else if (this == JPEG) {
            least = ((height + 7L) / 8) * ((width + 7L) / 8) / 8;
        }
        if (bytes.length < least) {
            throw new EOFException("height " + height + " and width " + width + " need at least " + least + " bytes");
        }
    }

    /** The name of a format that is known and not read, null for any other. */
    static String foreign(byte[] bytes) {
        if (starts(bytes, 4, "ftyp")) {
            String brand = new String(bytes, 8, Math.min(4, bytes.length - 8), StandardCharsets.ISO_8859_1);
            return brand.startsWith("avi") ? "an AVIF" : brand.matches("hei.|hev.|mif1|msf1") ? "a HEIC" : null;
        }
        if (starts(bytes, 0, "II*\0") || starts(bytes, 0, "MM\0*")) {
            return "a TIFF";
        }
        return starts(bytes, 0, "\u00ff\n") || starts(bytes, 0, "\0\0\0\fJXL ") ? "a JPEG XL" : null;
    }

    private static boolean starts(byte[] bytes, int offset, String magic) {
        byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
        return bytes.length >= offset + expected.length
                && Arrays.equals(bytes, offset, offset + expected.length, expected, 0, expected.length);
    }
}
