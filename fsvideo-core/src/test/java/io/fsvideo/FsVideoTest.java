package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.fsvideo.PipelineConfig;
import io.fsvideo.media.Video;
import io.fsvideo.sample.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FsVideoTest {
    private static FsVideo fs;
    private static long weightBytes;

    @BeforeAll
    static void open() {
        fs = FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withThreads(2));
        weightBytes = fs.bytesInUse();
    }

    @AfterAll
    static void close() {
        fs.close();
    }

    private static Video video(Request request) {
        Video video = fs.generate(request).video();
        assertEquals(weightBytes, fs.bytesInUse(), "bytes in use after a generation");
        return video;
    }

    static boolean sameFrames(Video a, Video b) {
        if (a.frames() != b.frames()) {
            return false;
        }
        for (int i = 0; i < a.frames(); i++) {
            if (!Arrays.equals(a.frame(i), b.frame(i))) {
                return false;
            }
        }
        return true;
    }

    @Test
    void hasTheFramesAndSizeOfTheModel() {
        Video video = video(SmallModel.request());
        PipelineConfig config = SmallModel.config().pipeline();
        assertEquals(config.frames(), video.frames());
        assertEquals(config.height(), video.height());
        assertEquals(config.width(), video.width());
        assertEquals(config.framesPerSecond(), video.fps());
        assertEquals("7", video.metadata().get("seed"));
        assertEquals("the camera pans left", video.metadata().get("prompt"));
    }

    @Test
    void saysWhatTheModelMakes() {
        ModelInfo info = fs.model();
        assertEquals(new ModelInfo("small", 5, 12, 128, 128, 4, 2, 5, 128, 1, 4, true, false, false), info);
    }

    @Test
    void sameSeedSameBitsAnotherSeedOthers() {
        Video first = video(SmallModel.request());
        assertTrue(sameFrames(first, video(SmallModel.request())));
        assertFalse(sameFrames(first, video(SmallModel.request().withSeed(8))));
    }

    @Test
    void sameBitsWithOneThread() {
        try (FsVideo single =
                FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withThreads(1))) {
            assertTrue(sameFrames(
                    video(SmallModel.request()),
                    single.generate(SmallModel.request()).video()));
        }
    }

    @Test
    void everySettingMatters() {
        Video plain = video(SmallModel.request());
        List<Request> others = List.of(
                SmallModel.request().withPrompt("night"),
                SmallModel.request().withNegativePrompt("blurry"),
                SmallModel.request().withSteps(3),
                SmallModel.request().withRefinerSteps(1),
                SmallModel.request().withGuidance(1),
                SmallModel.request().withShift(2),
                SmallModel.request().withSampler(Sampler.EULER),
                SmallModel.request().withSampler(Sampler.DPMPP));
        for (Request other : others) {
            assertFalse(sameFrames(plain, video(other)), other.sampler() + other.prompt());
        }
    }

    @Test
    void makesOtherSizesAndLengths() {
        Video one = video(SmallModel.request().withFrames(1));
        assertEquals(1, one.frames());
        Video wide = video(SmallModel.request().withFrames(9).withSize(128, 256));
        assertEquals(List.of(9, 128, 256), List.of(wide.frames(), wide.height(), wide.width()));
        Video empty = video(SmallModel.request().withPrompt(""));
        assertEquals(SmallModel.config().pipeline().frames(), empty.frames());
    }

    @Test
    void truncatesALongPrompt() {
        assertEquals(
                5,
                video(SmallModel.request().withPrompt("word ".repeat(10_000))).frames());
    }

    @Test
    void reportsEveryStageInOrder() {
        List<Progress> seen = new ArrayList<>();
        fs.generate(SmallModel.request(), ProgressListener.inStep(seen::add));
        List<Stage> order = seen.stream().map(Progress::stage).distinct().toList();
        assertEquals(List.of(Stage.values()), order);
        for (Stage stage : Stage.values()) {
            List<Progress> steps = seen.stream().filter(p -> p.stage() == stage).toList();
            for (int i = 0; i < steps.size(); i++) {
                assertEquals(i, steps.get(i).step());
                assertEquals(steps.size() - 1, steps.get(i).steps());
            }
        }
    }

    @Test
    void cancellingAtEveryStepFreesEverything() {
        Video whole = video(SmallModel.request());
        List<Progress> all = new ArrayList<>();
        fs.generate(SmallModel.request(), ProgressListener.inStep(all::add));
        for (int at = 0; at < all.size(); at++) {
            int[] left = {at};
            Job[] job = new Job[1];
            CountDownLatch known = new CountDownLatch(1);
            job[0] = fs.submit(SmallModel.request(), ProgressListener.inStep(p -> {
                await(known);
                if (left[0]-- == 0) {
                    job[0].cancel();
                }
            }));
            known.countDown();
            assertThrows(CancelledException.class, job[0]::join);
            assertEquals(-1, left[0], "steps after cancelling at " + all.get(at));
            assertEquals(weightBytes, fs.bytesInUse(), "after cancelling at " + all.get(at));
        }
        assertTrue(sameFrames(whole, video(SmallModel.request())));
    }

    @Test
    void aFailingListenerOfEveryStepFreesEverything() {
        assertThrows(
                IllegalStateException.class,
                () -> fs.generate(SmallModel.request(), ProgressListener.inStep(p -> {
                    if (p.stage() == Stage.REFINE) {
                        throw new IllegalStateException("listener");
                    }
                })));
        assertEquals(weightBytes, fs.bytesInUse());
    }

    @Test
    void servesSeveralThreads() throws Exception {
        Video expected = video(SmallModel.request());
        List<CompletableFuture<Result>> futures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            futures.add(fs.submit(SmallModel.request()).result());
        }
        for (CompletableFuture<Result> future : futures) {
            assertTrue(sameFrames(expected, future.get().video()));
        }
        assertEquals(weightBytes, fs.bytesInUse());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void refusesUseAfterClose() {
        FsVideo closed = FsVideo.open(SmallModel.directory());
        closed.close();
        closed.close();
        ClosedException failure = assertThrows(ClosedException.class, () -> closed.generate(SmallModel.request()));
        assertEquals("fsvideo: the model is closed; open it again to use it", failure.getMessage());
        assertThrows(ClosedException.class, () -> closed.plan(SmallModel.request()));
    }

    @Test
    void closesFromAnotherThread() throws Exception {
        FsVideo other = FsVideo.open(SmallModel.directory());
        Thread closer = new Thread(other::close);
        closer.start();
        closer.join();
        assertThrows(ClosedException.class, () -> other.generate(SmallModel.request()));
    }
}
