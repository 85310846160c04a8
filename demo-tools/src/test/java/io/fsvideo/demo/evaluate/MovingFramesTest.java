package io.fsvideo.demo.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.pictures.HeldOut;
import io.fsvideo.demo.pictures.TrueClip;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The measures of moving frames, on clips whose faults are known. */
class MovingFramesTest {
    private static final int SIDE = 256;
    private static final int FRAMES = 3;
    private static final int TOKEN = 64;

    private static Image photograph;

    @BeforeAll
    static void read() {
        photograph = HeldOut.pictures(List.of(Path.of("../examples")), 1, 0, 2 * SIDE)
                .get(0)
                .image();
    }

    private static Video clip(Motion motion) {
        return new TrueClip(motion, TrueClip.USUAL_SPEED).render(photograph, FRAMES, SIDE, SIDE, 12);
    }

    private interface Fault {
        /** @param frames colours from -1 to 1 of all frames, {@code [frames, SIDE, SIDE, 3]}, changed in place */
        void apply(float[] frames);
    }

    private static Video with(Video clip, Fault fault) {
        float[] all = new float[clip.frames() * SIDE * SIDE * 3];
        for (int frame = 0; frame < clip.frames(); frame++) {
            float[] pixels = Frames.image(clip, frame).toFloats();
            System.arraycopy(pixels, 0, all, frame * pixels.length, pixels.length);
        }
        fault.apply(all);
        return Video.ofFloats(all, SIDE, SIDE, clip.fps());
    }

    private static MovingFrames measured(Video truth, Video made) {
        return MovingFrames.of(Frames.image(truth, 0), made);
    }

    /** The warp samples the first frame a second time, which loses little; an error of the move would lose much more. */
    @ParameterizedTest
    @EnumSource(names = {"PAN_LEFT", "ZOOM_IN", "ZOOM_OUT", "ROTATE_CLOCKWISE"})
    void trueClipsAreFaithfulWhateverTheirMove(Motion motion) {
        Video truth = clip(motion);
        MovingFrames faithful = measured(truth, truth);
        assertTrue(faithful.psnr() > 30, motion + " got " + faithful);
        assertTrue(faithful.ssim() > 0.9, motion + " got " + faithful);
        // Three borders a side also meet edges of the photograph itself: that moves the ratio by a sixth.
        assertEquals(1, Texture.tokenBorders(truth, TOKEN), 0.25);
    }

    @Test
    void noiseOfAKnownLevelBoundsThePsnr() {
        Video still = with(clip(Motion.PAN_LEFT), frames -> repeatFirst(frames));
        Video noisy = with(still, frames -> {
            Random random = new Random(3);
            for (int i = SIDE * SIDE * 3; i < frames.length; i++) {
                frames[i] += 0.1f * (float) random.nextGaussian();
            }
        });
        // A deviation of 0.1 on a scale from -1 to 1 is 26.02 dB; clipping at black and white takes a little of it
        // away.
        assertEquals(26.02, measured(still, noisy).psnr(), 0.7);
    }

    private static void repeatFirst(float[] frames) {
        for (int frame = 1; frame < FRAMES; frame++) {
            System.arraycopy(frames, 0, frames, frame * SIDE * SIDE * 3, SIDE * SIDE * 3);
        }
    }

    @Test
    void blurredFramesLoseFidelityAndSharpness() {
        Video truth = clip(Motion.PAN_LEFT);
        Video blurred = with(truth, MovingFramesTest::blur);
        assertTrue(measured(truth, blurred).psnr() < measured(truth, truth).psnr() - 3);
        assertTrue(Texture.gradientEnergy(blurred) < 0.5 * Texture.gradientEnergy(truth));
    }

    private static void blur(float[] frames) {
        float[] sharp = frames.clone();
        int line = SIDE * 3;
        for (int i = SIDE * line; i < frames.length; i++) {
            float sum = 0;
            int count = 0;
            for (int down = -2; down <= 2; down++) {
                for (int right = -2; right <= 2; right++) {
                    int at = i + down * line + 3 * right;
                    if (at >= 0 && at < frames.length) {
                        sum += sharp[at];
                        count++;
                    }
                }
            }
            frames[i] = sum / count;
        }
    }

    @Test
    void tokensOfOwnBrightnessShowTheirBorders() {
        Video tokens = with(clip(Motion.PAN_UP), frames -> {
            for (int i = 0; i < frames.length; i++) {
                int column = i / 3 % SIDE;
                int row = i / 3 / SIDE % SIDE;
                frames[i] = 0.5f * frames[i] + ((column / TOKEN + row / TOKEN) % 2 == 0 ? 0.2f : -0.2f);
            }
        });
        assertTrue(Texture.tokenBorders(tokens, TOKEN) > 3);
    }

    @Test
    void textureCountsLevels() {
        Video ramp = with(clip(Motion.PAN_UP), frames -> {
            for (int i = 0; i < frames.length; i++) {
                int column = i / 3 % SIDE;
                frames[i] = (column / TOKEN * 8 + column % TOKEN % 2 * 2) / 127.5f - 1;
            }
        });
        // Along rows differences are 2 inside a token and 6 across a border, down the columns there are none.
        int inside = SIDE - SIDE / TOKEN;
        int across = SIDE / TOKEN - 1;
        double rows = (double) (SIDE - 1) * SIDE;
        double borders = across * 6.0 * SIDE / (across * (SIDE + SIDE));
        double others = inside * 2.0 * SIDE / (inside * (SIDE + SIDE));
        assertEquals(borders / others, Texture.tokenBorders(ramp, TOKEN), 1e-9);
        assertEquals((inside * 4.0 + across * 36.0) * SIDE / (2 * rows), Texture.gradientEnergy(ramp), 1e-9);
    }

    @Test
    void cosineCodeKeepsWhatItsNumbersCanHold() {
        float[] flat = new float[SIDE * SIDE * 3];
        float[] lowWave = new float[flat.length];
        float[] highWave = new float[flat.length];
        for (int i = 0; i < flat.length; i++) {
            int column = i / 3 % SIDE;
            flat[i] = 0.4f;
            lowWave[i] = (float) (0.5 + 0.3 * Math.cos(Math.PI * 3 * (2 * (column % 64) + 1) / 128));
            highWave[i] = (float) (0.5 + 0.3 * Math.cos(Math.PI * 40 * (2 * (column % 64) + 1) / 128));
        }
        assertTrue(CosineCode.psnr(Image.of(SIDE, SIDE, flat)) > 50);
        assertTrue(CosineCode.psnr(Image.of(SIDE, SIDE, lowWave)) > 50);
        // A wave of amplitude 0.3 is lost whole: its mean square is 0.045.
        assertEquals(-10 * Math.log10(0.045), CosineCode.psnr(Image.of(SIDE, SIDE, highWave)), 0.1);
    }
}
