package io.fsvideo;

/**
 * Squares in which an autoencoder works, one after another; where they overlap their pixels are blended.
 *
 * @param size pixels along a side
 * @param stride pixels from one to the next, above half of {@code size}
 * @since 0.1
 */
public record VaeTiling(int size, int stride) {
    /** The tiling of Diffusers for Wan: 256 pixels, of which the last 64 overlap with the next tile. */
    public static final VaeTiling USUAL = of(256);

    /** Checks the sizes. @throws RequestException unless tiles overlap by less than half */
    public VaeTiling {
        if (size < 1 || stride > size || 2L * stride <= size) {
            throw new RequestException(
                    "request: vaeTiling must have a stride above half of its size and at most it, got size " + size
                            + " and stride " + stride);
        }
    }

    /** Returns tiles of which the last quarter overlaps. */
    public static VaeTiling of(int size) {
        return new VaeTiling(size, size / 4 * 3);
    }
}
