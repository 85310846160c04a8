package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.LatentRgb;
import io.fsvideo.sample.FreshNoise;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Solver;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a running generation shows of itself. */
class PreviewTest {
    @TempDir
    Path folder;

    private static FsVideo open(Path model) {
        return FsVideo.open(model, OpenOptions.defaults().withThreads(1));
    }

    /** Every preview that there was, in order. */
    private static List<Preview> previews(FsVideo fs, Request request) {
        List<Preview> seen = new ArrayList<>();
        fs.generate(
                request,
                ProgressListener.inStep(progress -> progress.preview()
                        .filter(preview -> !seen.contains(preview))
                        .ifPresent(seen::add)));
        return seen;
    }

    private static List<String> steps(List<Preview> previews) {
        return previews.stream()
                .map(preview -> preview.stage() + " " + preview.step())
                .toList();
    }

    private static void assertSame(Video expected, Video video) {
        assertEquals(expected.frames(), video.frames());
        for (int i = 0; i < expected.frames(); i++) {
            assertArrayEquals(expected.frame(i), video.frame(i), "frame " + i);
        }
    }

    @Test
    void comeFromBothTransformersAfterEveryNthStepAndTheLast() {
        try (FsVideo fs = open(SmallModel.withPreviews())) {
            assertTrue(fs.model().hasPreviews());
            Request request = SmallModel.request();
            assertEquals(
                    List.of("BASE 1", "BASE 2", "BASE 3", "BASE 4", "REFINE 1", "REFINE 2"),
                    steps(previews(fs, request.withPreviews(1))));
            assertEquals(List.of("BASE 3", "BASE 4", "REFINE 2"), steps(previews(fs, request.withPreviews(3))));
            assertEquals(List.of(), previews(fs, request));
        }
    }

    @Test
    void haveTheClipsFramesAndFourPixelsForEachLatent() {
        try (FsVideo fs = open(SmallModel.withPreviews())) {
            List<Preview> seen = previews(
                    fs, SmallModel.request().withFrames(9).withSize(128, 256).withPreviews(1));
            Video base = seen.get(0).video();
            Video refined = seen.get(seen.size() - 1).video();
            // The base works on a quarter of the latents.
            assertEquals(List.of(9, 2, 4, 12), List.of(base.frames(), base.height(), base.width(), base.fps()));
            assertEquals(
                    List.of(9, 4, 8, 12), List.of(refined.frames(), refined.height(), refined.width(), refined.fps()));
        }
    }

    @Test
    void changeNoBitOfTheVideo() {
        try (FsVideo fs = open(SmallModel.withPreviews())) {
            Request request = SmallModel.request();
            Video without = fs.generate(request).video();
            assertSame(without, fs.generate(request.withPreviews(1)).video());
            assertEquals(
                    without.metadata(),
                    fs.generate(request.withPreviews(2)).video().metadata());
        }
    }

    /** Euler's method, which notes the data that every step's velocity leads to. */
    private static final class Noting implements Sampler {
        final List<float[]> data = new ArrayList<>();

        @Override
        public String name() {
            return "NOTING";
        }

        @Override
        public NoiseSchedule schedule(int steps, double shift) {
            return Sampler.EULER.schedule(steps, shift);
        }

        @Override
        public Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise) {
            Solver euler = Sampler.EULER.solver(state, schedule, noise);
            return new Solver() {
                private int at;

                @Override
                public Tensor step(Arena a, Tensor sample, Tensor velocity) {
                    float[] x = sample.toFloats();
                    float[] v = velocity.toFloats();
                    for (int i = 0; i < x.length; i++) {
                        x[i] = x[i] - (float) schedule.sigma(at) * v[i];
                    }
                    at++;
                    data.add(x);
                    return euler.step(a, sample, velocity);
                }

                @Override
                public void close() {
                    euler.close();
                }
            };
        }
    }

    @Test
    void showThePredictedCleanLatentsAndNotTheNoisyOnes() {
        Noting noting = new Noting();
        try (FsVideo fs = open(SmallModel.withPreviews())) {
            List<Preview> seen =
                    previews(fs, SmallModel.request().withSampler(noting).withPreviews(1));
            assertEquals(6, seen.size());
            LatentRgb map = LatentRgb.read(SmallModel.withPreviews().resolve("preview/model.safetensors"));
            for (int i = 0; i < seen.size(); i++) {
                int side = i < 4 ? 1 : 2;
                float[] pixels = map.pixels(noting.data.get(i), 2, side, side);
                assertSame(
                        Video.ofFloats(pixels, 2 * side, 2 * side, 12),
                        seen.get(i).video());
            }
        }
    }

    @Test
    void reachAListenerOnItsOwnThreadTheNewestAtLast() {
        try (FsVideo fs = open(SmallModel.withPreviews())) {
            List<Progress> heard = new ArrayList<>();
            fs.generate(SmallModel.request().withPreviews(1), heard::add);
            Preview last = heard.get(heard.size() - 1).preview().orElseThrow();
            assertEquals("preview of step 2 of REFINE", last.toString());
            assertEquals(5, last.video().frames());
        }
    }

    @Test
    void comeFromTheFirstOfSeveralRanks() throws IOException {
        Path model = copy(SmallModel.twelveHeads());
        SmallModel.writePreview(model, 4, 2, 2, 3, 8);
        OpenOptions options = OpenOptions.defaults().withThreads(2).withRanks(2).withParallel(Parallel.SEQUENCE);
        try (FsVideo fs = FsVideo.open(model, options)) {
            assertEquals(6, previews(fs, SmallModel.request().withPreviews(1)).size());
        }
    }

    @Test
    void areRefusedByAModelWithoutAMap() {
        try (FsVideo fs = open(SmallModel.directory())) {
            assertFalse(fs.model().hasPreviews());
            Request request = SmallModel.request().withPreviews(1);
            String message = assertThrows(RequestException.class, () -> fs.submit(request))
                    .getMessage();
            assertTrue(message.startsWith("request: previews must not be asked of small"), message);
        }
    }

    /** The mean of every 8 x 8 pixels, as often as the preview has pixels. */
    private static double[] means(Video clip, int frame) {
        byte[] rgb = clip.frame(frame);
        double[] means = new double[rgb.length / 64];
        for (int i = 0; i < rgb.length; i++) {
            int y = i / 3 / clip.width() / 8;
            int x = i / 3 % clip.width() / 8;
            means[3 * (y * (clip.width() / 8) + x) + i % 3] += (rgb[i] & 0xff) / 64.0;
        }
        return means;
    }

    /** The map is fitted to true clips; the committed one must fit the committed decoder on what the model makes. */
    @Test
    void theDemosLastPreviewIsItsClipInSmall() {
        try (FsVideo fs = FsVideo.open(Path.of("..", "models", "demo"))) {
            List<Preview> seen = new ArrayList<>();
            Request request = Request.of(Image.read(Path.of("..", "examples", "rocket.jpg")))
                    .withPrompt("the camera zooms in")
                    .withSize(256, 384)
                    .withFrames(9)
                    .withPreviews(1);
            Video clip = fs.generate(
                            request,
                            ProgressListener.inStep(
                                    progress -> progress.preview().ifPresent(seen::add)))
                    .video();
            Video preview = seen.get(seen.size() - 1).video();
            assertEquals(List.of(9, 32, 48), List.of(preview.frames(), preview.height(), preview.width()));
            double error = 0;
            double spread = 0;
            int count = 0;
            for (int i = 0; i < clip.frames(); i++) {
                double[] means = means(clip, i);
                byte[] shown = preview.frame(i);
                double mean = Arrays.stream(means).average().orElseThrow();
                for (int k = 0; k < means.length; k++) {
                    error += Math.pow(means[k] - (shown[k] & 0xff), 2);
                    spread += Math.pow(means[k] - mean, 2);
                    count++;
                }
            }
            assertTrue(error < 0.1 * spread, error / spread + " of the variance is not shown");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1001})
    void areAskedForEverySoManySteps(int steps) {
        assertThrows(RequestException.class, () -> SmallModel.request().withPreviews(steps));
    }

    @Test
    void aMapThatDoesNotFitIsTheModelsError() throws IOException {
        for (int[] shape : new int[][] {{4, 2, 2, 3, 9}, {2, 2, 3, 8}, {4, 2, 2, 4, 8}}) {
            Path model = copy(SmallModel.directory());
            SmallModel.writePreview(model, shape);
            String message =
                    assertThrows(ModelException.class, () -> open(model)).getMessage();
            assertTrue(message.contains("preview") || message.contains("latent to RGB"), message);
        }
        Path model = copy(SmallModel.directory());
        Files.createDirectories(model.resolve("preview"));
        Files.writeString(model.resolve("preview/model.safetensors"), "no checkpoint");
        assertThrows(FsVideoException.class, () -> open(model));
    }

    private Path copy(Path model) throws IOException {
        Path copy = Files.createTempDirectory(folder, "model").resolve("copy");
        try (Stream<Path> files = Files.walk(model)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(model.relativize(file).toString()));
            }
        }
        return copy;
    }
}
