package io.fsvideo.demo.evaluate;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.media.Video;

/**
 * A true clip after the autoencoder.
 *
 * @param psnr of all frames, in dB
 * @param firstFramePsnr of the first frame, in dB
 * @param ssim mean of all frames
 * @param cosineCodePsnr what a linear code of as many numbers keeps of the first frame, in dB
 */
public record ReconstructionRow(
        String picture, Motion motion, double psnr, double firstFramePsnr, double ssim, double cosineCodePsnr) {
    static ReconstructionRow of(String picture, Motion motion, Video truth, Video made) {
        return new ReconstructionRow(
                picture,
                motion,
                PictureQuality.psnr(truth, made, 0, truth.frames()),
                PictureQuality.psnr(truth, made, 0, 1),
                PictureQuality.ssim(truth, made),
                CosineCode.psnr(Frames.image(truth, 0)));
    }
}
