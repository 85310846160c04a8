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

    private static boolean starts(byte[] bytes, int offset, String magic) {
        byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
        return bytes.length >= offset + expected.length
                && Arrays.equals(bytes, offset, offset + expected.length, expected, 0, expected.length);
    }
}
