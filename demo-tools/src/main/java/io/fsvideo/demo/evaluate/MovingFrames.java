package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.MotionMeasure;
import io.fsvideo.demo.motion.Plane;
import io.fsvideo.demo.motion.Similarity;
import io.fsvideo.demo.pictures.CubicSampler;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;

/**
 * How faithful the frames after the first are: each is held against the input warped by the move that the frame itself shows, where both
 * have content. A blurred, broken or re-invented frame loses here, whatever its move; a frame that merely stands still does not.
 *
 * @param psnr in dB, of the mean squared error over all those pixels of all frames
 * @param ssim mean of the frames' SSIM over windows that lie wholly where both have content
 */
record MovingFrames(double psnr, double ssim) {
    private static final int MEASURED_SIDE = 256;
    private static final int CHANNELS = 3;

    /** The input seen after a move; a pixel that the input does not show is not {@code shown}. */
    private record Warped(float[] rgb, boolean[] shown) {}

    /** @param input the picture that the clip was made from, of the clip's size */
    static MovingFrames of(Image input, Video made) {
        Plane still = Plane.of(input, MEASURED_SIDE);
        PictureQuality.Error error = new PictureQuality.Error();
        double ssim = 0;
        Similarity move = Similarity.NONE;
        for (int frame = 1; frame < made.frames(); frame++) {
            Plane plane = Plane.of(made, frame, MEASURED_SIDE);
            move = nearest(still, plane, move);
            Warped warped = warp(input, move);
            float[] rgb = Frames.image(made, frame).rgb();
            error.add(warped.rgb(), rgb, warped.shown());
            ssim += PictureQuality.ssim(warped.rgb(), rgb, warped.shown(), made.width());
        }
        return new MovingFrames(error.psnr(), ssim / (made.frames() - 1));
    }

    /** The better of two refined moves: one found from scratch, one that goes on from the frame before. */
    private static Similarity nearest(Plane still, Plane plane, Similarity before) {
        Similarity found = MotionMeasure.refined(still, plane, MotionMeasure.between(still, plane));
        Similarity continued = MotionMeasure.refined(still, plane, before);
        return MotionMeasure.correlation(still, plane, found) >= MotionMeasure.correlation(still, plane, continued)
                ? found
                : continued;
    }

    private static Warped warp(Image input, Similarity move) {
        int height = input.height();
        int width = input.width();
        double side = Math.min(height, width);
        CubicSampler sampler = new CubicSampler(input);
        float[] rgb = new float[height * width * CHANNELS];
        boolean[] shown = new boolean[height * width];
        float[] sum = new float[CHANNELS];
        for (int i = 0; i < shown.length; i++) {
            double[] from = move.undo((i % width + 0.5 - width / 2.0) / side, (i / width + 0.5 - height / 2.0) / side);
            double column = from[0] * side + width / 2.0 - 0.5;
            double row = from[1] * side + height / 2.0 - 0.5;
            shown[i] = column >= 0 && row >= 0 && column <= width - 1 && row <= height - 1;
            if (shown[i]) {
                sum[0] = sum[1] = sum[2] = 0;
                sampler.addTo(sum, column, row);
                for (int c = 0; c < CHANNELS; c++) {
                    rgb[CHANNELS * i + c] = Math.max(0, Math.min(1, sum[c]));
                }
            }
        }
        return new Warped(rgb, shown);
    }
}
