package io.fsvideo.media;

import java.util.ArrayList;
import java.util.List;

/**
 * A size the model can make: height and width in pixels, both multiples of 128 (64 of the autoencoder times 2 of the
 * latent upsampler).
 */
public record Bucket(int height, int width) {
    /** Height and width are multiples of this many pixels. */
    public static final int MULTIPLE = 128;

    /** Pixels of the 720x1280 class: 768 x 1280. */
    public static final int AREA_720P = 768 * 1280;

    /** Pixels of the smallest square class: 256 x 256. */
    public static final int AREA_256 = 256 * 256;

    public Bucket {
        check("height", height);
        check("width", width);
    }

    /**
     * The bucket whose aspect ratio is nearest to an image's, among those that fill an area budget.
     *
     * <p>A bucket fills the budget when {@code height * width <= area}, it could not grow by 128 on both sides, and it has
     * at least three quarters of the pixels of the largest one (or small budgets would give half-empty ones). Ratios
     * are compared as factors: 2:1 is as far from 1:1 as 1:2 is. Between equally near buckets the larger wins, then the
     * squarer, so a portrait image gets the transpose of what the landscape one gets, and a square image a square.
     *
     * @param area budget in pixels, at least 128 * 128
     */
    public static Bucket nearest(int imageHeight, int imageWidth, int area) {
        if (imageHeight <= 0 || imageWidth <= 0) {
            throw new ImageException(
                    "Bucket.nearest: image size must be positive, got " + imageHeight + " x " + imageWidth);
        }
        if (area < MULTIPLE * MULTIPLE) {
            throw new ImageException("Bucket.nearest: area must be at least " + MULTIPLE * MULTIPLE
                    + " pixels (128 x 128), got " + area);
        }
        List<Bucket> all = filling(area);
        long largest = all.stream().mapToLong(Bucket::area).max().orElseThrow();
        Bucket best = null;
        for (Bucket candidate : all) {
            if (candidate.area() * 4 >= largest * 3
                    && (best == null || candidate.isNearer(best, imageHeight, imageWidth))) {
                best = candidate;
            }
        }
        return best;
    }

    private static List<Bucket> filling(int area) {
        List<Bucket> all = new ArrayList<>();
        for (int height = MULTIPLE; (long) height * MULTIPLE <= area; height += MULTIPLE) {
            for (int width = MULTIPLE; (long) height * width <= area; width += MULTIPLE) {
                if ((long) (height + MULTIPLE) * (width + MULTIPLE) > area) {
                    all.add(new Bucket(height, width));
                }
            }
        }
        return all;
    }

    /** Height times width. */
    public long area() {
        return (long) height * width;
    }

    private boolean isNearer(Bucket other, int imageHeight, int imageWidth) {
        int byRatio = Double.compare(distance(imageHeight, imageWidth), other.distance(imageHeight, imageWidth));
        if (byRatio != 0) {
            return byRatio < 0;
        }
        if (area() != other.area()) {
            return area() > other.area();
        }
        return distance(1, 1) < other.distance(1, 1);
    }

    /** Factor between two aspect ratios, at least 1; swapping height and width on both sides gives the same bits. */
    private double distance(int imageHeight, int imageWidth) {
        double tall = (double) height * imageWidth;
        double wide = (double) width * imageHeight;
        return Math.max(tall, wide) / Math.min(tall, wide);
    }

    private static void check(String name, int value) {
        if (value > 0 && value % MULTIPLE == 0) {
            return;
        }
        int below = Math.max(MULTIPLE, value / MULTIPLE * MULTIPLE);
        int above =
                Math.max(MULTIPLE, (int) Math.min((long) below + MULTIPLE, Integer.MAX_VALUE / MULTIPLE * MULTIPLE));
        throw new ImageException("Bucket: " + name + " must be a multiple of " + MULTIPLE + " (nearest: "
                + (value < MULTIPLE ? MULTIPLE : below + " or " + above) + "), got " + value);
    }
}
