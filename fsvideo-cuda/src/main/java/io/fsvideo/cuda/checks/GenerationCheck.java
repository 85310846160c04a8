package io.fsvideo.cuda.checks;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * {@code GenerationCheck BACKEND MODEL [smallest]}: the same request on the CPU in F32 and on the backend in F32 and BF16. The backend's
 * frames must be within 35 dB (BF16) and 50 dB (F32) of the CPU's. A model that is not there is made with random weights, as
 * {@code tiny}.
 */
public final class GenerationCheck {
    private static final double F32_DECIBELS = 50;
    private static final double BF16_DECIBELS = 35;
    private static final double MOST_DECIBELS = 99;

    private final Path model;
    private final Request request;

    private GenerationCheck(Path model, Request request) {
        this.model = model;
        this.request = request;
    }

    /** @param arguments name of the backend, directory of the model, and {@code smallest} for one step of the smallest clip */
    public static void main(String[] arguments) {
        Path model = Path.of(arguments[1]);
        if (!Files.exists(model)) {
            try (Backend cpu = Backend.open("cpu")) {
                ModelInit.write("tiny", 0, model, cpu);
            }
        }
        Request request =
                Request.of(picture(256, 256)).withPrompt("the camera pans left").withSeed(7);
        if (arguments.length > 2) {
            request = request.withSteps(1)
                    .withRefinerSteps(1)
                    .withGuidance(1)
                    .withFrames(5)
                    .withSize(128, 128);
        }
        System.exit(new GenerationCheck(model, request).compare(arguments[0]) ? 0 : 1);
    }

    /** A picture with edges and colours. */
    private static Image picture(int height, int width) {
        float[] rgb = new float[height * width * 3];
        for (int i = 0; i < rgb.length; i++) {
            int y = i / 3 / width;
            int x = i / 3 % width;
            rgb[i] = (float) (0.5 + 0.5 * Math.sin(0.05 * (x * (1 + i % 3) + 2 * y)));
        }
        return Image.of(height, width, rgb);
    }

    private boolean compare(String backend) {
        Video expected = generate("cpu", DType.F32);
        double exact = decibels(expected, generate(backend, DType.F32));
        double rounded = decibels(expected, generate(backend, DType.BF16));
        // Written so that NaN fails.
        boolean passed = exact >= F32_DECIBELS && rounded >= BF16_DECIBELS;
        System.out.printf(
                Locale.ROOT,
                "RESULT PSNR to the CPU's frames: F32 %.1f dB (at least %.0f), BF16 %.1f dB (at least %.0f)%n",
                exact,
                F32_DECIBELS,
                rounded,
                BF16_DECIBELS);
        return passed;
    }

    private Video generate(String backend, DType dtype) {
        OpenOptions options = OpenOptions.defaults().withBackend(backend).withDType(dtype);
        try (FsVideo fs = FsVideo.open(model, options)) {
            Result result = fs.generate(request);
            long planned = fs.plan(request).peakBytes();
            Duration total = result.timings().values().stream().reduce(Duration.ZERO, Duration::plus);
            System.out.printf(
                    Locale.ROOT,
                    "%s %s: %.2f s, peak %.1f MiB, planned %.1f MiB, stages %s%n",
                    fs.description(),
                    dtype,
                    total.toMillis() / 1e3,
                    result.peakBytes() / (double) (1 << 20),
                    planned / (double) (1 << 20),
                    result.timings());
            return result.video();
        }
    }

    /** The ratio of all frames in dB; 99 when they are equal. */
    private static double decibels(Video expected, Video actual) {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < expected.frames(); i++) {
            byte[] a = expected.frame(i);
            byte[] b = actual.frame(i);
            for (int j = 0; j < a.length; j++) {
                double difference = (a[j] & 0xff) - (b[j] & 0xff);
                sum += difference * difference;
            }
            count += a.length;
        }
        return sum == 0 ? MOST_DECIBELS : 10 * Math.log10(255.0 * 255.0 * count / sum);
    }
}
