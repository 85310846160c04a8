package io.fsvideo.demo.pictures;

import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.motion.Similarity;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;

/**
 * What a camera sees that moves over a still picture: a window of half the picture's side at first, sampled with Catmull-Rom
 * cubics, four samples a pixel, eased in and out.
 *
 * @param motion how the camera moves
 * @param speed of the whole move; a pan of 1 goes half a window
 */
public record TrueClip(Motion motion, double speed) {
    /** The speed of the training's clips whose prompt says nothing about speed. */
    public static final double USUAL_SPEED = 0.25;

    /** Half the window's larger side, in halves of the picture's: every move of the usual speed stays inside. */
    private static final double WINDOW = 0.5;

    private static final double[] SUBPIXELS = {-0.25, 0.25};
    private static final int CHANNELS = 3;

    /** Side of a square picture whose window has as many pixels as a frame, so that clips are as sharp as their picture. */
    public static int pictureSide(int height, int width) {
        return (int) Math.round(Math.max(height, width) / WINDOW);
    }

    /** Where content has gone at a moment from 0, the first frame, to 1, the last. */
    public Similarity content(double moment) {
        return motion.content(speed * moment * moment * (3 - 2 * moment));
    }

    /** The clip of a square picture; its sizes and rate are the caller's. */
    public Video render(Image picture, int frames, int height, int width, int framesPerSecond) {
        Sampler sampler = new Sampler(picture);
        float[] pixels = new float[frames * height * width * CHANNELS];
        for (int frame = 0; frame < frames; frame++) {
            Similarity content = content(frame / Math.max(1.0, frames - 1));
            render(sampler, content, pixels, frame * height * width * CHANNELS, height, width);
        }
        return Video.ofFloats(pixels, height, width, framesPerSecond);
    }

    private static void render(Sampler sampler, Similarity content, float[] pixels, int from, int height, int width) {
        double larger = Math.max(height, width);
        float[] sum = new float[CHANNELS];
        for (int i = 0; i < height * width; i++) {
            sum[0] = sum[1] = sum[2] = 0;
            for (double down : SUBPIXELS) {
                for (double right : SUBPIXELS) {
                    double x = (i % width + 0.5 + right - width / 2.0) / larger;
                    double y = (i / width + 0.5 + down - height / 2.0) / larger;
                    sampler.addWhatCameTo(x, y, content, sum);
                }
            }
            for (int c = 0; c < CHANNELS; c++) {
                float mean = sum[c] / (SUBPIXELS.length * SUBPIXELS.length);
                pixels[from + CHANNELS * i + c] = 2 * Math.max(0, Math.min(1, mean)) - 1;
            }
        }
    }

    /** What has come to places of the window. */
    private static final class Sampler {
        private final CubicSampler picture;
        private final int side;

        Sampler(Image picture) {
            this.picture = new CubicSampler(picture.resizeToCover(picture.height(), picture.height()));
            this.side = picture.height();
        }

        /** Adds the colour whose content has come to the window's place (x, y), in sides of the window from its centre. */
        void addWhatCameTo(double x, double y, Similarity content, float[] sum) {
            double[] from = content.undo(x, y);
            picture.addTo(sum, side * (0.5 + WINDOW * from[0]) - 0.5, side * (0.5 + WINDOW * from[1]) - 0.5);
        }
    }
}
