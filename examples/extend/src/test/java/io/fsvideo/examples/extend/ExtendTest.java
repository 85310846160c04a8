package io.fsvideo.examples.extend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.Result;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.ConfigException;
import io.fsvideo.model.LayerMemory;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.Sampling;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything here is found by its name and makes real clips; the library knows none of it. */
class ExtendTest {
    @TempDir
    static Path folder;

    private static Path tiny;

    @BeforeAll
    static void makeModel() {
        tiny = make("tiny", null);
    }

    private static Path make(String config, String layerMemory) {
        Path model = folder.resolve(config + (layerMemory == null ? "" : "-own"));
        try (Backend backend = Backend.open("cpu")) {
            if (layerMemory == null) {
                ModelInit.write(config, 1, model, backend);
            } else {
                ModelInit.write(config, layerMemory, 1, model, backend);
            }
        }
        return model;
    }

    private static Request brief() {
        float[] grey = new float[3 * 128 * 128];
        Arrays.fill(grey, 0.25f);
        return Request.of(Image.of(128, 128, grey))
                .withSize(128, 128)
                .withFrames(5)
                .withSteps(2)
                .withRefinerSteps(1)
                .withSeed(7);
    }

    private static byte[] lastFrame(Path model, OpenOptions options, Request request) {
        try (FsVideo fs = FsVideo.open(model, options)) {
            Video video = fs.generate(request).video();
            return video.frame(video.frames() - 1);
        }
    }

    /** The memory of sharpness 1 is the published router to the bit; one of another sharpness is not. */
    @Test
    void aLayerMemoryMakesClips() {
        OpenOptions options = OpenOptions.defaults();
        byte[] published = lastFrame(tiny, options, brief());
        assertArrayEquals(published, lastFrame(tiny, options.withLayerMemory(SharpRouter.of(1)), brief()));
        byte[] sharp = lastFrame(tiny, options.withLayerMemory(LayerMemory.named("sharp_router:8")), brief());
        assertFalse(Arrays.equals(published, sharp));
        Path named = make("tiny", "sharp_router:8");
        assertArrayEquals(sharp, lastFrame(named, options, brief()), "its config.json names it");
        assertEquals(
                "config: dit.layer_memory must be one of [none, dynamic_router, sliding_window:N, static, top_k:N,"
                        + " sharp_router:N], got blunt; a LayerMemoryProvider on the class path may add others",
                assertThrows(ConfigException.class, () -> LayerMemory.named("blunt"))
                        .getMessage());
    }

    @Test
    void aSamplerMakesClips() {
        assertInstanceOf(AdamsBashforth.class, Sampler.named("ab2"));
        byte[] euler = lastFrame(tiny, OpenOptions.defaults(), brief().withSampler(Sampler.EULER));
        byte[] own = lastFrame(tiny, OpenOptions.defaults(), brief().withSampler(Sampler.named("ab2")));
        assertFalse(Arrays.equals(euler, own));
    }

    /** The solution of {@code dx / d sigma = x} grows by e: the error falls with the square of the number of steps. */
    @Test
    void theSamplerIsOfSecondOrder() {
        double coarse = error(new AdamsBashforth(), 20);
        double fine = error(new AdamsBashforth(), 40);
        assertEquals(4, coarse / fine, 0.4);
        assertTrue(coarse < error(Sampler.EULER, 20) / 5);
    }

    private static double error(Sampler sampler, int steps) {
        try (Backend backend = Backend.open("cpu");
                Arena a = Arena.root(backend, "order")) {
            NoiseSchedule schedule = sampler.schedule(steps, 1);
            float result = Sampling.run(
                            a,
                            sampler,
                            schedule,
                            a.of("start", new float[] {1}, 1, 1),
                            (t, x, time) -> t.weightedSum(new float[] {1}, List.of(x)),
                            Sampling.Listener.NONE)
                    .toFloats()[0];
            return Math.abs(result - Math.exp(-schedule.sigma(0)));
        }
    }

    @Test
    void aFamilyMakesClips() {
        assertTrue(ModelFamily.names().contains("toy"));
        Path model = make("toy", null);
        assertInstanceOf(ToyConfig.class, ModelDirectory.open(model).config());
        Request request = Request.ofPrompt("red").withSeed(3);
        try (FsVideo fs = FsVideo.open(model)) {
            Result result = fs.generate(request);
            assertEquals(5, result.video().frames());
            assertEquals(96, result.video().width());
            assertEquals("toy", result.video().metadata().get("model"));
            assertEquals(fs.plan(request).peakBytes(), result.peakBytes(), 0.1 * result.peakBytes());
            byte[] red = result.video().frame(0);
            assertArrayEquals(
                    red,
                    fs.generate(Request.ofPrompt("red").withSeed(3)).video().frame(0));
            assertFalse(Arrays.equals(
                    red,
                    fs.generate(Request.ofPrompt("a cat").withSeed(3)).video().frame(0)));
            assertEquals(
                    "request: height and width must be multiples of 8 up to 8192, got 60x96; nearest is 64x96",
                    assertThrows(RequestException.class, () -> fs.generate(request.withSize(60, 96)))
                            .getMessage());
        }
    }
}
