package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelInit;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.plan.Planner;
import io.fsvideo.sample.FewSteps;
import io.fsvideo.sample.FreshNoise;
import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.SamplingException;
import io.fsvideo.sample.Solver;
import io.fsvideo.sample.StepTable;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guidance interval, step cache and tiles: the same bits where they change nothing, planned right where they do. */
class SamplingOptionsTest {
    @TempDir
    private static Path temp;

    private static FsVideo words;
    private static FsVideo pictures;
    private static FsVideo small;

    @BeforeAll
    static void open() {
        try (Backend backend = Backend.open("cpu")) {
            for (String name : new String[] {"tiny-wan-t2v", "tiny-wan-flf2v"}) {
                ModelInit.write(name, 3, temp.resolve(name), backend);
            }
        }
        words = FsVideo.open(temp.resolve("tiny-wan-t2v"));
        pictures = FsVideo.open(temp.resolve("tiny-wan-flf2v"));
        small = FsVideo.open(SmallModel.directory());
    }

    @AfterAll
    static void close() {
        Stream.of(words, pictures, small).forEach(FsVideo::close);
    }

    private static Request drive() {
        return Request.ofPrompt("a red car drives off").withSeed(7).withSteps(6).withFrames(5);
    }

    private static Request both() {
        return Request.of(SmallModel.picture(64, 96))
                .withLastImage(SmallModel.picture(64, 96))
                .withSize(64, 96)
                .withFrames(5)
                .withSteps(2);
    }

    /** Makes it, holds it against its plan, and gives the pixels. */
    private static byte[] pixels(FsVideo fs, Request request) {
        return pixels(planned(fs, request).video());
    }

    private static Result planned(FsVideo fs, Request request) {
        long weights = fs.bytesInUse();
        MemoryPlan plan = fs.plan(request);
        Result result = fs.generate(request);
        assertEquals(plan.peakBytes(), result.peakBytes(), 0.1 * result.peakBytes());
        assertEquals(weights, fs.bytesInUse());
        return result;
    }

    private static byte[] pixels(Video video) {
        byte[] all = new byte[video.frames() * video.height() * video.width() * 3];
        for (int i = 0; i < video.frames(); i++) {
            byte[] frame = video.frame(i);
            System.arraycopy(frame, 0, all, i * frame.length, frame.length);
        }
        return all;
    }

    private static double rms(byte[] a, byte[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (a[i] & 0xff) - (b[i] & 0xff);
            sum += difference * difference;
        }
        return Math.sqrt(sum / a.length);
    }

    @Test
    void anIntervalOfAllLevelsChangesNothing() {
        byte[] usual = pixels(words, drive());
        assertArrayEquals(usual, pixels(words, drive().withGuidanceInterval(GuidanceInterval.ALL)));
        assertArrayEquals(usual, pixels(words, drive().withGuidanceInterval(new GuidanceInterval(0.01f, 1))));
    }

    @Test
    void anIntervalOfNoLevelIsNoGuidance() {
        byte[] unguided = pixels(words, drive().withGuidance(1));
        assertArrayEquals(unguided, pixels(words, drive().withGuidanceInterval(new GuidanceInterval(0, 0))));
    }

    @Test
    void anIntervalOfSomeLevelsGuidesTheseSteps() {
        byte[] some = pixels(words, drive().withGuidanceInterval(new GuidanceInterval(0.7f, 0.95f)));
        assertFalse(Arrays.equals(some, pixels(words, drive())));
        assertFalse(Arrays.equals(some, pixels(words, drive().withGuidance(1))));
        pixels(words, drive().withGuidanceInterval(new GuidanceInterval(0, 0.9f)));
        pixels(small, SmallModel.request().withSteps(6).withGuidanceInterval(new GuidanceInterval(0.7f, 0.9f)));
    }

    /** Guided at the last level alone, where two thirds of the steps are not: a hand-made list of steps. */
    @Test
    void stepsAreGuidedByTheirNoiseLevel() {
        ResolvedRequest job = ResolvedRequest.of(
                drive().withShift(5).withGuidanceInterval(new GuidanceInterval(0.45f, 0.9f)),
                ModelFamily.model("tiny-wan-t2v"));
        // 5 s / (1 + 4 s) at s = 0.999 (1 - i / 6): 0.9998, 0.9613, 0.9087, 0.8328, 0.7138, 0.4999.
        assertEquals(List.of(false, false, false, true, true, true), job.guidedSteps());
    }

    @Test
    void aThresholdOfNoughtChangesNothing() {
        assertArrayEquals(pixels(words, drive()), pixels(words, drive().withStepCache(0)));
        assertArrayEquals(
                pixels(words, drive()), pixels(words, drive().withStepCache(Float.MIN_VALUE)), "no step is skipped");
    }

    @Test
    void aHighThresholdRunsTheFirstAndTheLastStep() {
        Result cached = planned(words, drive().withStepCache(100));
        assertEquals("4", cached.video().metadata().get("skipped_steps"));
        assertEquals("100.0", cached.video().metadata().get("step_cache"));
        byte[] whole = pixels(words, drive());
        double error = rms(whole, pixels(cached.video()));
        assertTrue(error > 0 && error < 0.5 * rms(whole, new byte[whole.length]), () -> "error " + error);
    }

    @Test
    void aLowerThresholdSkipsFewerStepsAndErrsLess() {
        Request request = drive().withSteps(12).withShift(1);
        byte[] whole = pixels(words, request);
        Result most = words.generate(request.withStepCache(100));
        Result some = planned(words, request.withStepCache(2));
        int skipped = Integer.parseInt(some.video().metadata().get("skipped_steps"));
        assertTrue(skipped > 0 && skipped < 10, () -> "skipped " + skipped);
        double little = rms(whole, pixels(some.video()));
        double much = rms(whole, pixels(most.video()));
        assertTrue(little < much, () -> little + " and " + much);
    }

    @Test
    void cacheAndIntervalGoTogether() {
        Request request = drive().withSteps(8).withGuidanceInterval(new GuidanceInterval(0.7f, 0.95f));
        Map<String, String> metadata =
                planned(words, request.withStepCache(100)).video().metadata();
        assertEquals("0.7..0.95", metadata.get("guidance_interval"));
        int skipped = Integer.parseInt(metadata.get("skipped_steps"));
        assertTrue(skipped > 0 && skipped < 6, () -> "blocks run again when the branches change: " + skipped);
        Result layered = planned(small, SmallModel.request().withSteps(5).withStepCache(100));
        assertEquals("3", layered.video().metadata().get("skipped_steps"));
    }

    @Test
    void oneTileThatHoldsTheFrameChangesNothing() {
        byte[] whole = pixels(words, drive());
        assertArrayEquals(whole, pixels(words, drive().withVaeTiling(VaeTiling.of(128))));
        assertArrayEquals(pixels(pictures, both()), pixels(pictures, both().withVaeTiling(VaeTiling.of(128))));
    }

    @Test
    void tilesLookLikeTheWholeFrameAndTakeLessMemory() {
        byte[] whole = pixels(words, drive());
        Result tiled = planned(words, drive().withVaeTiling(VaeTiling.of(64)));
        double error = rms(whole, pixels(tiled.video()));
        double unlike = rms(whole, pixels(words, drive().withSeed(8)));
        assertTrue(error > 0 && error < 0.5 * unlike, () -> "error " + error + ", of other seeds " + unlike);
        assertEquals("64/48", tiled.video().metadata().get("vae_tiling"));
        pixels(pictures, both().withVaeTiling(VaeTiling.of(64)));
        assertNull(words.generate(drive()).video().metadata().get("vae_tiling"));
        try (Backend cpu = Backend.open("cpu")) {
            Request full = Request.ofPrompt("").withSteps(1);
            long most = decoding(full, cpu);
            long least = decoding(full.withVaeTiling(VaeTiling.USUAL), cpu);
            assertTrue(most < 6_000_000_000L, () -> "streaming " + most);
            assertTrue(least < most / 2, () -> "tiled " + least + " of " + most);
        }
    }

    private static long decoding(Request request, Backend cpu) {
        return Planner.plan(ModelFamily.model("wan21-t2v-1.3b"), cpu, OpenOptions.defaults(), request).stages().stream()
                .filter(stage -> stage.stage() == Stage.DECODE)
                .mapToLong(MemoryPlan.StagePlan::peakBytes)
                .sum();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(SamplingException.class, () -> new GuidanceInterval(0.5f, 0.4f));
        assertThrows(SamplingException.class, () -> new GuidanceInterval(Float.NaN, 1));
        assertThrows(RequestException.class, () -> drive().withStepCache(Float.NaN));
        assertThrows(RequestException.class, () -> drive().withStepCache(-1));
        assertThrows(RequestException.class, () -> new VaeTiling(64, 32));
        assertThrows(RequestException.class, () -> drive().withVaeTiling(null));
        Request odd = drive().withVaeTiling(new VaeTiling(60, 44));
        assertEquals(
                "request: vaeTiling must have size and stride in multiples of 8, got size 60 and stride 44",
                assertThrows(RequestException.class, () -> words.generate(odd)).getMessage());
        Request tiled = SmallModel.request().withVaeTiling(VaeTiling.USUAL);
        assertTrue(assertThrows(RequestException.class, () -> small.generate(tiled))
                .getMessage()
                .contains("must not be given for FsVideo models"));
    }

    /** A table is the schedule it says, and a sampler that makes the same levels the same clip. */
    @Test
    void aStepTableGivesTheLevelsOneByOne() {
        StepTable table = StepTable.ofTimes(1000, 600, 250);
        Sampler same = new Sampler() {
            @Override
            public String name() {
                return "SAME";
            }

            @Override
            public NoiseSchedule schedule(int steps, double shift) {
                return NoiseSchedule.of(table.shifted(3));
            }

            @Override
            public Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise) {
                return Sampler.EULER.solver(state, schedule, noise);
            }
        };
        Request request = Request.ofPrompt("a red car drives off").withFrames(5);
        Video found = words.generate(request.withStepTable(table).withShift(3).withSampler(Sampler.EULER))
                .video();
        assertArrayEquals(
                words.generate(request.withSteps(3).withSampler(same)).video().frame(3), found.frame(3));
        assertEquals("[1.0, 0.6, 0.25]", found.metadata().get("step_table"));
        assertEquals("3", found.metadata().get("steps"));
        RequestException e = assertThrows(
                RequestException.class,
                () -> words.plan(request.withStepTable(table).withSteps(4)));
        assertEquals("request: steps must be those of stepTable, 3, or not given, got 4", e.getMessage());
    }

    /** Without guidance nothing is read of the negative prompt, and every step runs one branch. */
    @Test
    void fewStepModelsRunWithoutGuidance() {
        for (FewSteps model : FewSteps.all()) {
            Request request =
                    Request.ofPrompt("a red car drives off").withFrames(5).withFewSteps(model);
            Video video = words.generate(request).video();
            assertEquals("1.0", video.metadata().get("guidance"));
            assertEquals(model.sampler().name(), video.metadata().get("sampler"));
            Video again = words.generate(request.withNegativePrompt("rain")).video();
            assertArrayEquals(video.frame(2), again.frame(2), "the same seed, the same noise at every step");
            assertFalse(Arrays.equals(
                    video.frame(2), words.generate(request.withSeed(1)).video().frame(2)));
        }
    }
}
