package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.CancelledException;
import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.DType;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The whole pipeline on the emulated device and on the CPU: one seed, one video, also after a cancelled request. */
class GenerationTest {
    /** A frame is rounded to 1 / 255: numbers that agree to some 1e-5 fall on two sides of a step at most. */
    private static final int MOST_STEPS = 1;
    /** What the pipeline in BF16 must keep of itself in F32, in decibels. */
    private static final double LEAST_PSNR = 35;
    /** Share of the peak that a plan may be off. */
    private static final double MOST_OFF_PLAN = 0.05;

    private static byte[][] onCpu() {
        try (FsVideo fs =
                FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withDType(DType.F32))) {
            return frames(fs.generate(SmallModel.request()));
        }
    }

    /** A generation and its memory, in bytes. */
    private record Run(byte[][] frames, long planned, long peak) {}

    private static Run emulated(DType dtype) {
        OpenOptions options =
                OpenOptions.defaults().withBackend("cuda-emulated").withDType(dtype);
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options)) {
            long planned = fs.plan(SmallModel.request()).peakBytes();
            assertThrows(
                    CancelledException.class,
                    () -> fs.generate(SmallModel.request(), ProgressListener.inStep(progress -> {
                        throw new CancelledException("asked to");
                    })));
            Result result = fs.generate(SmallModel.request());
            return new Run(frames(result), planned, result.peakBytes());
        }
    }

    private static byte[][] frames(Result result) {
        Video video = result.video();
        return IntStream.range(0, video.frames()).mapToObj(video::frame).toArray(byte[][]::new);
    }

    @Test
    void isTheCpusVideoWithTheSameBitsEachTime() {
        byte[][] cpu = onCpu();
        Run run = emulated(DType.F32);
        byte[][] emulated = run.frames;
        assertEquals(cpu.length, emulated.length);
        for (int i = 0; i < cpu.length; i++) {
            assertTrue(largest(cpu[i], emulated[i]) <= MOST_STEPS, "frame " + i + ": " + largest(cpu[i], emulated[i]));
        }
        assertArrayEquals(emulated, emulated(DType.F32).frames, "a second time");
        assertEquals(run.planned, run.peak, MOST_OFF_PLAN * run.peak, "planned and used bytes");
        assertTrue(
                Arrays.stream(cpu).anyMatch(frame -> frame[0] != frame[frame.length / 2]), "a picture, not one colour");
    }

    @Test
    void isNearlyThatVideoInBf16() {
        Run run = emulated(DType.BF16);
        assertEquals(run.planned, run.peak, MOST_OFF_PLAN * run.peak, "planned and used bytes");
        double psnr = psnr(onCpu(), run.frames);
        assertTrue(psnr >= LEAST_PSNR, "PSNR " + psnr);
    }

    private static int largest(byte[] a, byte[] b) {
        return IntStream.range(0, a.length)
                .map(i -> Math.abs((a[i] & 255) - (b[i] & 255)))
                .max()
                .orElse(0);
    }

    private static double psnr(byte[][] a, byte[][] b) {
        double squares = 0;
        long count = 0;
        for (int frame = 0; frame < a.length; frame++) {
            for (int i = 0; i < a[frame].length; i++) {
                squares += Math.pow((a[frame][i] & 255) - (b[frame][i] & 255), 2);
                count++;
            }
        }
        return 10 * Math.log10(255.0 * 255.0 * count / squares);
    }
}
