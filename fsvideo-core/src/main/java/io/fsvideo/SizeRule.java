package io.fsvideo;

import io.fsvideo.media.Image;

/**
 * Which sizes a pipeline can make.
 *
 * @param sizeStep height and width are multiples of it
 * @param spatialFactor pixels per latent along height and width
 * @param firstFrames frames of the clip that are a latent frame by themselves: 1, or 0 where all are alike
 * @param frameStep frames per latent frame otherwise
 */
record SizeRule(int sizeStep, int spatialFactor, int firstFrames, int frameStep) {
    /** 64x compression and the 2x upsampler. */
    static final SizeRule FSVIDEO = new SizeRule(128, 64, 1, 4);

    private static final int MAX_SIDE = 8192;
    /** Positions of the transformer's longest table, less one. */
    private static final int MAX_STEPS = 1023;

    void requireFrames(int frames) {
        int least = Math.max(1, firstFrames == 0 ? frameStep : firstFrames);
        int most = firstFrames + frameStep * MAX_STEPS;
        if (frames < least || frames > most || (frames - firstFrames) % frameStep != 0) {
            int below = Math.max(least, Math.min(most, frames - Math.floorMod(frames - firstFrames, frameStep)));
            int above = Math.min(most, below + frameStep);
            throw new RequestException("request: frames must be " + (firstFrames == 0 ? "" : firstFrames + " + ")
                    + frameStep + "k up to " + most + ", got " + frames + "; nearest are " + below + " and " + above);
        }
    }

    void requireSize(int height, int width) {
        if (!isSide(height) || !isSide(width)) {
            throw new RequestException("request: height and width must be multiples of " + sizeStep + " up to "
                    + MAX_SIDE + ", got " + height + "x" + width + "; nearest is " + nearest(height) + "x"
                    + nearest(width));
        }
    }

    /** At most {@code area} pixels in about the image's shape, both sides rounded down (Wan2.1 wan/image2video.py @9737cba). */
    Geometry nearest(int frames, Image image, int area) {
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
