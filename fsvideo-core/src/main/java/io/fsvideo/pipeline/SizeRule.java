package io.fsvideo.pipeline;

import io.fsvideo.RequestException;
import io.fsvideo.media.Image;

/**
 * Which sizes of video a model can make.
 *
 * @param sizeStep height and width are multiples of it
 * @param spatialFactor pixels per latent along height and width
 * @param firstFrames frames of the clip that are a latent frame by themselves: 1, or 0 where all are alike
 * @param frameStep frames per latent frame otherwise
 * @since 0.1
 */
public record SizeRule(int sizeStep, int spatialFactor, int firstFrames, int frameStep) {
    private static final int MAX_SIDE = 8192;
    /** Positions of the transformer's longest table, less one. */
    private static final int MAX_STEPS = 1023;

    /** @throws RequestException naming the nearest legal numbers, when this one is not */
    public void requireFrames(int frames) {
        int least = Math.max(1, firstFrames == 0 ? frameStep : firstFrames);
        int most = firstFrames + frameStep * MAX_STEPS;
        if (frames < least || frames > most || (frames - firstFrames) % frameStep != 0) {
            int below = Math.max(least, Math.min(most, frames - Math.floorMod(frames - firstFrames, frameStep)));
            int above = Math.min(most, below + frameStep);
            throw new RequestException("request: frames must be " + (firstFrames == 0 ? "" : firstFrames + " + ")
                    + frameStep + "k up to " + most + ", got " + frames + "; nearest are " + below + " and " + above);
        }
    }

    /** @throws RequestException naming the nearest legal size, when this one is not */
    public void requireSize(int height, int width) {
        if (!isSide(height) || !isSide(width)) {
            throw new RequestException("request: height and width must be multiples of " + sizeStep + " up to "
                    + MAX_SIDE + ", got " + height + "x" + width + "; nearest is " + nearest(height) + "x"
                    + nearest(width));
        }
    }

    /** Returns a size of at most {@code area} pixels in about the image's shape, both sides rounded down (Wan2.1 wan/image2video.py @9737cba). */
    public Geometry nearest(int frames, Image image, int area) {
        double aspect = (double) image.height() / image.width();
        int height = (int) (Math.sqrt(area * aspect) / sizeStep) * sizeStep;
        int width = (int) (Math.sqrt(area / aspect) / sizeStep) * sizeStep;
        return new Geometry(frames, Math.max(sizeStep, height), Math.max(sizeStep, width), this);
    }

    private boolean isSide(int side) {
        return side >= sizeStep && side <= MAX_SIDE && side % sizeStep == 0;
    }

    private int nearest(int side) {
        return Math.max(sizeStep, Math.min(MAX_SIDE, Math.round(side / (float) sizeStep) * sizeStep));
    }
}
