package io.fsvideo.demo.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Video;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PictureQualityTest {
    private static final int HEIGHT = 13;
    private static final int WIDTH = 17;

    private interface Level {
        int at(int frame, int i);
    }

    private static Video video(int frames, Level level) {
        int size = HEIGHT * WIDTH * 3;
        float[] pixels = new float[frames * size];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = level.at(i / size, i % size) / 127.5f - 1;
        }
        return Video.ofFloats(pixels, HEIGHT, WIDTH, 12);
    }

    @Test
    void psnrOfAConstantDifferenceIsItsLevel() {
        Video truth = video(2, (frame, i) -> 100);
        Video made = video(2, (frame, i) -> frame == 0 ? 101 : 120);
        assertEquals(20 * Math.log10(255), PictureQuality.psnr(truth, made, 0, 1), 1e-9);
        assertEquals(20 * Math.log10(255.0 / 20), PictureQuality.psnr(truth, made, 1, 2), 1e-9);
        assertEquals(10 * Math.log10(255 * 255 / 200.5), PictureQuality.psnr(truth, made, 0, 2), 1e-9);
        assertEquals(Double.POSITIVE_INFINITY, PictureQuality.psnr(truth, truth, 0, 2));
    }

    @Test
    void ssimOfConstantsIsTheLuminanceTerm() {
        double c1 = 2.55 * 2.55;
        double expected = (2 * 100 * 140 + c1) / (100 * 100 + 140 * 140 + c1);
        assertEquals(expected, PictureQuality.ssim(video(1, (frame, i) -> 100), video(1, (frame, i) -> 140)), 1e-9);
    }

    @Test
    void ssimIsOneForTheSameAndNearZeroForUnrelatedNoise() {
        Random random = new Random(1);
        int[] noise = random.ints(2 * HEIGHT * WIDTH * 3, 0, 256).toArray();
        Video truth = video(1, (frame, i) -> noise[i]);
        Video other = video(1, (frame, i) -> noise[noise.length / 2 + i]);
        assertEquals(1, PictureQuality.ssim(truth, truth), 1e-12);
        assertTrue(Math.abs(PictureQuality.ssim(truth, other)) < 0.2);
    }

    /** Means and variances are equal and the covariance is r times the variance, so only the structure term is left. */
    @Test
    void ssimOfAnInvertedPatternIsNegative() {
        Video truth = video(1, (frame, i) -> (i / 3 % WIDTH + i / 3 / WIDTH) % 2 == 0 ? 108 : 148);
        Video inverted = video(1, (frame, i) -> (i / 3 % WIDTH + i / 3 / WIDTH) % 2 == 0 ? 148 : 108);
        double c2 = 7.65 * 7.65;
        double expected = (-2 * 400 + c2) / (2 * 400 + c2);
        assertEquals(expected, PictureQuality.ssim(truth, inverted), 0.01);
    }

    @Test
    void flickerDriftAndDifferenceCountLevels() {
        Video rising = video(5, (frame, i) -> 100 + 3 * frame);
        assertEquals(3, ClipNumbers.flicker(rising), 1e-9);
        assertEquals(12, ClipNumbers.drift(rising), 1e-9);
        Video blinking = video(5, (frame, i) -> frame % 2 == 0 ? 100 : 90 + i % 3 * 10);
        assertEquals(20 / 3.0, ClipNumbers.flicker(blinking), 1e-9);
        assertEquals(0, ClipNumbers.drift(blinking), 1e-9);
        assertEquals(6, ClipNumbers.difference(rising, video(5, (frame, i) -> 100)), 1e-9);
        Video still = video(1, (frame, i) -> 7);
        assertEquals(0, ClipNumbers.flicker(still));
    }
}
