package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.motion.MotionMeasure;
import io.fsvideo.demo.motion.Similarity;
import io.fsvideo.media.Video;

/**
 * One generated clip beside the true one.
 *
 * @param picture what it was made from
 * @param prompt the move that was asked for
 * @param guidance scale of the guidance
 * @param seed of the generation
 * @param moved how content moved from its first to its last frame
 * @param right whether that is what the prompt asks for
 * @param firstFramePsnr of the first frame against the input, in dB
 * @param movingPsnr of the other frames against the input warped by the move that each shows, in dB
 * @param movingSsim of the same, mean of the frames
 * @param tokenBorders mean difference across the borders of tokens over that inside them, in the frames after the first
 * @param sharpness energy of the gradients of the frames after the first over that of the true clip's
 * @param flicker mean absolute difference of neighbouring frames, in 8-bit levels
 * @param drift of the channels' means from the first to the last frame, in 8-bit levels
 */
public record ClipRow(
        String picture,
        Motion prompt,
        double guidance,
        long seed,
        Similarity moved,
        boolean right,
        double firstFramePsnr,
        double movingPsnr,
        double movingSsim,
        double tokenBorders,
        double sharpness,
        double flicker,
        double drift) {

    /**
     * @param truth the true clip, whose first frame was the input
     * @param token pixels along the side of a token of the latents
     */
    static ClipRow of(String picture, Motion prompt, double guidance, long seed, Video truth, Video made, int token) {
        Similarity moved = MotionMeasure.of(made);
        MovingFrames moving = MovingFrames.of(Frames.image(truth, 0), made);
        return new ClipRow(
                picture,
                prompt,
                guidance,
                seed,
                moved,
                prompt.matches(moved),
                PictureQuality.psnr(truth, made, 0, 1),
                moving.psnr(),
                moving.ssim(),
                Texture.tokenBorders(made, token),
                Texture.gradientEnergy(made) / Texture.gradientEnergy(truth),
                ClipNumbers.flicker(made),
                ClipNumbers.drift(made));
    }

    /** How far content went the way of the prompt, in sides of the picture. */
    double way() {
        return prompt.along(moved);
    }
}
