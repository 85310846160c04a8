package io.fsvideo.media;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** EXIF orientation, or else XMP's: how a stored picture is turned to stand upright. Unreadable EXIF counts as none, as in viewers. */
final class Orientation {
    private static final int UPRIGHT = 1;
    private static final Pattern XMP = Pattern.compile("tiff:Orientation\\s*(?:=\\s*[\"']|>)\\s*([1-8])\\s*[\"'<]");
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

    private Orientation() {}

    /** The orientation 1..8 that a file states; 1 if it states none. */
    static int of(StoredPicture picture, byte[] bytes) {
        int exif = of(picture.format(), bytes);
        Matcher xmp = XMP.matcher(picture.xmp());
        return exif != 0 ? exif : xmp.find() ? xmp.group(1).charAt(0) - '0' : UPRIGHT;
    }

    private static int of(ImageFormat format, byte[] bytes) {
        Metadata metadata = new Metadata();
        try {
            switch (format) {
                case JPEG ->
                    JpegMetadataReader.process(metadata, new ByteArrayInputStream(bytes), List.of(new ExifReader()));
                case PNG -> extract(Chunks.ofPng(bytes, "eXIf"), metadata);
                case WEBP -> extract(Chunks.ofRiff(bytes, "EXIF"), metadata);
                default -> {}
            }
        } catch (JpegProcessingException | IOException e) {
            return 0;
        }
        return of(metadata);
    }

    private static int of(Metadata metadata) {
        for (ExifIFD0Directory directory : metadata.getDirectoriesOfType(ExifIFD0Directory.class)) {
            Integer value = directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
            if (value != null && value >= 1 && value <= 8) {
                return value;
            }
        }
        return 0;
    }

    private static void extract(List<byte[]> chunks, Metadata metadata) {
        for (byte[] chunk : chunks) {
            // Some writers keep JPEG's "Exif\0\0" in front of the TIFF block.
            boolean prefixed = chunk.length > EXIF.length && Arrays.equals(chunk, 0, EXIF.length, EXIF, 0, EXIF.length);
            new ExifReader().extract(new ByteArrayReader(chunk), metadata, prefixed ? EXIF.length : 0);
        }
    }

    /** Turns a picture stored with this orientation upright. */
    static Image apply(int orientation, Image image) {
        if (orientation == UPRIGHT) {
            return image;
        }
        int storedHeight = image.height();
        int storedWidth = image.width();
        boolean swapped = orientation >= 5;
        boolean fromBottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        boolean fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        int height = swapped ? storedWidth : storedHeight;
        int width = swapped ? storedHeight : storedWidth;
        float[] out = new float[3 * height * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int row = swapped ? x : y;
                int column = swapped ? y : x;
                row = fromBottom ? storedHeight - 1 - row : row;
                column = fromRight ? storedWidth - 1 - column : column;
                System.arraycopy(image.pixels(), 3 * (row * storedWidth + column), out, 3 * (y * width + x), 3);
            }
        }
        return new Image(height, width, out);
    }
}
