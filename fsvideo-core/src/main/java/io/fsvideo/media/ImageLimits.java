package io.fsvideo.media;

/**
 * Largest picture files that are read. Both are checked before any pixel is decoded; a picture takes about 20 bytes of heap per pixel while
 * it is read.
 *
 * @param maxPixels height times width, at most {@link Image#MAX_PIXELS}
 * @param maxBytes of the file
 */
public record ImageLimits(int maxPixels, int maxBytes) {
    /** @throws ImageException when a limit is not within 1 and what this library can read at all */
    public ImageLimits {
        if (maxPixels < 1 || maxPixels > Image.MAX_PIXELS || maxBytes < 1 || maxBytes > Image.MAX_BYTES) {
            throw new ImageException("ImageLimits: maxPixels must be within 1.." + Image.MAX_PIXELS
                    + " and maxBytes within 1.." + Image.MAX_BYTES + ", got " + maxPixels + " and " + maxBytes);
        }
    }

    /** {@link Image#MAX_PIXELS} and {@link Image#MAX_BYTES}. */
    public static ImageLimits defaults() {
        return new ImageLimits(Image.MAX_PIXELS, Image.MAX_BYTES);
    }

    /** The same limits with another number of pixels. */
    public ImageLimits withMaxPixels(int pixels) {
        return new ImageLimits(pixels, maxBytes);
    }
}
