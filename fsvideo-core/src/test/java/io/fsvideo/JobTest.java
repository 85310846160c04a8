package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Video;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The queue, and every way in which a job ends. */
@Timeout(240)
class JobTest {
    private static final Request SHORT = SmallModel.request().withSteps(1).withRefinerSteps(1);
    private static final Duration LONG = Duration.ofMinutes(2);
    private static Video right;

    private FsVideo fs;
    private long idle;

    @BeforeAll
    static void make() {
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options())) {
            right = fs.generate(SHORT).video();
        }
    }

    @BeforeEach
    void open() {
        fs = FsVideo.open(SmallModel.directory(), options());
        idle = fs.bytesInUse();
    }

    @AfterEach
    void close() {
        Held.ALL.forEach(held -> held.release.countDown());
        Held.ALL.clear();
        fs.close();
    }

    private static OpenOptions options() {
        return OpenOptions.defaults().withThreads(1);
    }

    /** A job that stands still at the first step of a stage until it is let go. */
    private static final class Held {
        static final List<Held> ALL = new ArrayList<>();

        final CountDownLatch reached = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        final AtomicInteger later = new AtomicInteger();
        final Job job;

        Held(FsVideo fs, Request request, Stage stage) throws InterruptedException {
            ALL.add(this);
            job = fs.submit(request, ProgressListener.inStep(progress -> {
                if (reached.getCount() == 0) {
                    later.incrementAndGet();
                } else if (progress.stage() == stage && progress.step() == 0) {
                    reached.countDown();
                    await(release);
                }
            }));
            assertTrue(reached.await(LONG.toSeconds(), TimeUnit.SECONDS));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void nextIsRight() {
        assertEquals(idle, fs.bytesInUse(), "bytes in use after the job");
        assertTrue(FsVideoTest.sameFrames(right, fs.generate(SHORT).video()), "the next clip has the same bits");
    }

    @Test
    void twoHundredJobsOfSixteenThreadsStartInOrderOfSubmission() throws Exception {
        Held first = new Held(fs, SHORT, Stage.TEXT);
        List<Job> submitted = new ArrayList<>();
        List<Job> started = Collections.synchronizedList(new ArrayList<>());
        ExecutorService threads = Executors.newFixedThreadPool(16);
        for (int i = 0; i < 200; i++) {
            threads.execute(() -> {
                AtomicReference<Job> self = new AtomicReference<>();
                synchronized (submitted) {
                    self.set(fs.submit(SHORT.withFrames(1), ProgressListener.inStep(progress -> {
                        if (progress.stage() == Stage.TEXT && progress.step() == 0) {
                            started.add(self.get());
                            throw new CancelledException("seen");
                        }
                    })));
                    submitted.add(self.get());
                }
            });
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
        assertEquals(200, fs.waiting());
        assertEquals(1, submitted.get(0).place());
        assertEquals(200, submitted.get(199).place());
        first.release.countDown();
        assertTrue(submitted.get(199).await(LONG));
        assertEquals(submitted, started);
        assertEquals(0, fs.waiting());
    }

    @Test
    void threeThousandJobsTakeNoThreadsAndTheBoundRefusesTheRest() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        Held first = new Held(fs, SHORT, Stage.TEXT);
        List<Job> taken = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            try {
                taken.add(fs.submit(SHORT.withTimeout(Duration.ofHours(1)), progress -> {}));
            } catch (BusyException e) {
                refused++;
                assertTrue(e.getMessage().startsWith("submit: at most 256 jobs may wait"), e.getMessage());
            }
        }
        assertEquals(256, taken.size());
        assertEquals(3000 - 256, refused);
        Set<Thread> more = ConcurrentHashMap.newKeySet();
        more.addAll(Thread.getAllStackTraces().keySet());
        more.removeAll(before);
        assertTrue(more.size() <= 4, "threads more than idle: " + more);
        taken.forEach(Job::cancel);
        assertEquals(0, fs.waiting());
        taken.forEach(job -> assertEquals(Job.State.CANCELLED, job.state()));
        first.release.countDown();
        assertEquals(5, first.job.join().video().frames());
        nextIsRight();
    }

    /** How someone outside ends a job. */
    enum End {
        CANCEL(job -> job.cancel()),
        FUTURE_CANCELLED(job -> job.result().cancel(true)),
        FUTURE_COMPLETED(job -> job.result().complete(null)),
        FUTURE_TIMED_OUT(job -> joinFailing(job.result().orTimeout(1, TimeUnit.MILLISECONDS))),
        FUTURE_COMPLETED_LATER(job ->
                job.result().completeOnTimeout(null, 1, TimeUnit.MILLISECONDS).join()),
        FUTURE_COMPLETED_ASYNC(job -> job.result().completeAsync(() -> null).join()),
        FUTURE_OBTRUDED(job -> job.result().obtrudeException(new IllegalStateException("other"))),
        DEPENDENT_CANCELLED(job ->
                job.result().thenApply(Result::video).thenApply(Video::frames).cancel(true)),
        DEPENDENT_TIMED_OUT(
                job -> joinFailing(job.result().thenApply(Result::video).orTimeout(1, TimeUnit.MILLISECONDS)));

        private final Consumer<Job> action;

        End(Consumer<Job> action) {
            this.action = action;
        }

        private static void joinFailing(CompletableFuture<?> future) {
            assertThrows(CompletionException.class, future::join);
        }
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void endingTheFutureStopsTheWorkWithinOneStepInEveryStage(End end) throws Exception {
        for (Stage stage : Stage.values()) {
            Held held = new Held(fs, SHORT, stage);
            end.action.accept(held.job);
            assertEquals(Job.State.RUNNING, held.job.state());
            held.release.countDown();
            assertTrue(held.job.await(LONG));
            assertEquals(Job.State.CANCELLED, held.job.state(), end + " in " + stage);
            assertEquals(0, held.later.get(), "steps after " + end + " in " + stage);
            assertEquals(idle, fs.bytesInUse(), "bytes in use after " + end + " in " + stage);
        }
        nextIsRight();
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void endingTheFutureOfAWaitingJobTakesItOutOfTheQueue(End end) throws Exception {
        Held first = new Held(fs, SHORT, Stage.TEXT);
        AtomicInteger events = new AtomicInteger();
        Job waiting = fs.submit(SHORT, progress -> events.incrementAndGet());
        Job last = fs.submit(SHORT);
        assertEquals(Job.State.QUEUED, waiting.state());
        assertEquals(2, last.place());
        end.action.accept(waiting);
        assertTrue(waiting.await(LONG));
        assertEquals(Job.State.CANCELLED, waiting.state());
        assertEquals(1, last.place());
        first.release.countDown();
        assertTrue(FsVideoTest.sameFrames(right, last.join().video()));
        assertEquals(0, events.get());
        assertTrue(waiting.started().isEmpty());
    }

    /** Intermediate tensors are shown between layers: cancelling while one is shown must end the work before the next layer's. */
    @Test
    void cancellingBetweenAnyTwoLayersStopsThereAndFreesEverything() throws Exception {
        AtomicInteger shown = new AtomicInteger();
        fs.generate(SHORT.withTaps((name, tensor) -> shown.incrementAndGet()));
        assertTrue(shown.get() > 20, shown + " tensors");
        for (int at = 1; at <= shown.get(); at++) {
            int last = at;
            AtomicInteger seen = new AtomicInteger();
            AtomicReference<Job> job = new AtomicReference<>();
            CountDownLatch known = new CountDownLatch(1);
            job.set(fs.submit(SHORT.withTaps((name, tensor) -> {
                await(known);
                if (seen.incrementAndGet() == last) {
                    job.get().cancel();
                }
            })));
            known.countDown();
            CancelledException e = assertThrows(CancelledException.class, job.get()::join);
            assertTrue(seen.get() - last <= 4, seen.get() - last + " tensors after " + last + ", " + e.getMessage());
            assertEquals(idle, fs.bytesInUse(), "bytes in use after tensor " + at);
        }
        nextIsRight();
    }

    @Test
    void aCancelledJobSaysSo() throws Exception {
        Held held = new Held(fs, SHORT.withSteps(3), Stage.BASE);
        held.job.cancel();
        held.release.countDown();
        CancelledException e = assertThrows(CancelledException.class, held.job::join);
        assertEquals("generate: the job was stopped in stage base at step 0 of 3: it was cancelled", e.getMessage());
        CompletionException wrapped =
                assertThrows(CompletionException.class, () -> held.job.result().join());
        assertSame(e, wrapped.getCause());
        Job late = fs.submit(SHORT);
        late.join();
        late.cancel();
        assertEquals(Job.State.DONE, late.state());
        assertFalse(late.result().isCompletedExceptionally());
    }

    @Test
    void aTimeoutStopsWaitingAndRunningJobs() throws Exception {
        Held first = new Held(fs, SHORT, Stage.TEXT);
        Job waiting = fs.submit(SHORT.withTimeout(Duration.ofMillis(1)));
        CancelledException e = assertThrows(CancelledException.class, waiting::join);
        assertEquals(
                "generate: the job was stopped before its turn: its timeout of PT0.001S has passed", e.getMessage());
        first.release.countDown();
        first.job.join();
        Job running = fs.submit(SHORT.withTimeout(Duration.ofMillis(300)), ProgressListener.inStep(p -> sleep(100)));
        assertThrows(CancelledException.class, running::join);
        assertEquals(Job.State.CANCELLED, running.state());
        nextIsRight();
        assertTrue(FsVideoTest.sameFrames(
                right, fs.generate(SHORT.withTimeout(Duration.ofDays(400_000))).video()));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anInterruptOfAWaitingCallerTakesItsJobOutOfTheQueue() throws Exception {
        Held first = new Held(fs, SHORT, Stage.TEXT);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                fs.generate(SHORT);
            } catch (CancelledException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? e : new AssertionError("the interrupt is lost"));
            }
        });
        caller.start();
        while (fs.waiting() == 0) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        caller.join();
        assertInstanceOf(CancelledException.class, thrown.get());
        assertEquals(0, fs.waiting());
        first.release.countDown();
        first.job.join();
        nextIsRight();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void closingStopsWhatRunsAndWhatWaits(Stage stage) throws Exception {
        Held running = new Held(fs, SHORT, stage);
        Job waiting = fs.submit(SHORT);
        Thread closer = new Thread(fs::close);
        closer.start();
        assertTrue(waiting.await(LONG));
        assertEquals(Job.State.CANCELLED, waiting.state());
        running.release.countDown();
        closer.join();
        assertEquals(Job.State.CANCELLED, running.job.state());
        assertEquals(0, running.later.get());
        CancelledException e = assertThrows(CancelledException.class, waiting::join);
        assertEquals("generate: the job was stopped before its turn: the model was closed", e.getMessage());
        assertEquals(0, fs.bytesInUse());
        assertThrows(ClosedException.class, () -> fs.submit(SHORT));
    }

    @Test
    void closingWithPatienceLetsWaitingJobsEnd() {
        Job one = fs.submit(SHORT);
        Job two = fs.submit(SHORT);
        fs.close(LONG);
        assertEquals(List.of(Job.State.DONE, Job.State.DONE), List.of(one.state(), two.state()));
        assertTrue(FsVideoTest.sameFrames(right, two.join().video()));
    }

    @Test
    void closingInAListenerOfEveryStepFreesEverythingWhenTheJobHasStopped() throws Exception {
        AtomicInteger later = new AtomicInteger();
        Job job = fs.submit(SHORT, ProgressListener.inStep(progress -> {
            if (progress.stage() == Stage.BASE) {
                later.incrementAndGet();
                fs.close();
            }
        }));
        assertThrows(CancelledException.class, job::join);
        assertEquals(1, later.get());
        assertEquals(0, fs.bytesInUse());
    }

    @Test
    void aListenerMayCloseAndGenerate() {
        AtomicReference<Video> nested = new AtomicReference<>();
        Video outer = fs.generate(SHORT, progress -> {
                    if (nested.get() == null) {
                        nested.set(fs.generate(SHORT).video());
                    }
                })
                .video();
        assertTrue(FsVideoTest.sameFrames(right, outer));
        assertTrue(FsVideoTest.sameFrames(right, nested.get()));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        try {
            fs.generate(SmallModel.request().withSteps(500), progress -> fs.close());
        } catch (CancelledException e) {
            thrown.set(e);
        }
        assertTrue(
                thrown.get().getMessage().endsWith("the model was closed"),
                thrown.get().getMessage());
    }

    @Test
    void generatingOnTheComputingThreadIsRefused() {
        RequestException e = assertThrows(
                RequestException.class,
                () -> fs.generate(SHORT, ProgressListener.inStep(progress -> fs.generate(SHORT))));
        assertTrue(e.getMessage().startsWith("generate: must not be called on the thread that computes"));
        List<Job> inner = new CopyOnWriteArrayList<>();
        Job next = fs.submit(SHORT, ProgressListener.inStep(progress -> {
            inner.add(fs.submit(SHORT));
            inner.get(0).join();
        }));
        RequestException waits = assertThrows(RequestException.class, next::join);
        assertTrue(waits.getMessage().startsWith("job: must not be called on the thread that computes"));
        inner.forEach(Job::join);
        nextIsRight();
    }

    @Test
    void aListenerIsOffTheComputingThreadAndSeesTheNewest() throws Exception {
        AtomicReference<Thread> computing = new AtomicReference<>();
        fs.generate(SHORT, ProgressListener.inStep(progress -> computing.set(Thread.currentThread())));
        List<Progress> seen = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Thread> listening = new AtomicReference<>();
        CountDownLatch slow = new CountDownLatch(1);
        Job job = fs.submit(SHORT, progress -> {
            seen.add(progress);
            listening.set(Thread.currentThread());
            await(slow);
        });
        assertTrue(job.await(LONG), "a listener that is stuck holds the job up");
        slow.countDown();
        job.join();
        assertNotEquals(computing.get(), listening.get());
        assertEquals(2, seen.size(), seen.toString());
        assertEquals(Stage.DECODE, seen.get(1).stage());
        assertEquals(seen.get(1).steps(), seen.get(1).step());
        assertEquals(seen.get(1), job.progress().orElseThrow());
    }

    @Test
    void theFractionGrowsToOneAndTheTimeLeftIsKnownFromTheSecondClipOn() {
        for (int clip = 0; clip < 2; clip++) {
            List<Progress> seen = new ArrayList<>();
            fs.generate(SmallModel.request(), ProgressListener.inStep(seen::add));
            for (int i = 1; i < seen.size(); i++) {
                assertTrue(seen.get(i).fraction() >= seen.get(i - 1).fraction(), seen.toString());
                assertEquals(clip == 1, seen.get(0).left().toNanos() > 0, seen.toString());
            }
            assertEquals(0, seen.get(0).fraction());
            assertEquals(1, seen.get(seen.size() - 1).fraction(), 1e-9);
            assertEquals(0, seen.get(seen.size() - 1).left().toMillis());
        }
    }

    @Test
    void aListenerCannotKillAJob() {
        Video video = fs.generate(SHORT, progress -> {
                    throw new AssertionError("user bug");
                })
                .video();
        assertTrue(FsVideoTest.sameFrames(right, video));
    }

    @Test
    void whatDependsOnAFutureMayWaitForAnotherJob() {
        Job second = fs.submit(SHORT)
                .result()
                .thenApply(result -> {
                    Job next = fs.submit(SHORT.withSeed(8));
                    next.join();
                    return next;
                })
                .join();
        assertEquals(Job.State.DONE, second.state());
    }

    @Test
    void anExecutorOfTheCallersRunsTheJobsInOrder() throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor(task -> new Thread(task, "of the caller"));
        try (FsVideo own =
                FsVideo.open(SmallModel.directory(), options().withExecutor(one).withQueueLimit(2))) {
            Held first = new Held(own, SHORT, Stage.TEXT);
            AtomicReference<String> thread = new AtomicReference<>();
            Job second = own.submit(
                    SHORT,
                    ProgressListener.inStep(
                            p -> thread.set(Thread.currentThread().getName())));
            Job third = own.submit(SHORT);
            assertThrows(BusyException.class, () -> own.submit(SHORT));
            first.release.countDown();
            assertTrue(FsVideoTest.sameFrames(right, second.join().video()));
            assertTrue(FsVideoTest.sameFrames(right, third.join().video()));
            assertEquals("of the caller", thread.get());
            Held stopped = new Held(own, SHORT, Stage.BASE);
            Job waiting = own.submit(SHORT);
            one.shutdownNow();
            stopped.release.countDown();
            CancelledException e = assertThrows(CancelledException.class, stopped.job::join);
            assertTrue(e.getMessage().endsWith("the thread that computed it was interrupted"), e.getMessage());
            assertThrows(BusyException.class, waiting::join);
            assertThrows(BusyException.class, () -> own.submit(SHORT));
            assertEquals(0, own.waiting());
        }
    }

    @Test
    void anExecutorMayRunJobsAtOnce() {
        try (FsVideo own = FsVideo.open(SmallModel.directory(), options().withExecutor(Runnable::run))) {
            Job job = own.submit(SHORT);
            assertEquals(Job.State.DONE, job.state());
            assertTrue(FsVideoTest.sameFrames(right, own.generate(SHORT).video()));
        }
    }

    @Test
    void aJobKnowsItsTimesAndItsRequest() throws Exception {
        Held held = new Held(fs, SHORT, Stage.TEXT);
        Job next = fs.submit(SHORT.withSeed(9));
        assertEquals(SHORT.withSeed(9), next.request());
        assertTrue(next.started().isEmpty());
        assertTrue(next.progress().isEmpty());
        assertNotEquals(held.job.id(), next.id());
        held.release.countDown();
        next.join();
        assertFalse(next.started()
                .orElseThrow()
                .isBefore(held.job.ended().orElseThrow().minusSeconds(1)));
        assertFalse(next.ended().orElseThrow().isBefore(next.started().orElseThrow()));
        assertEquals(0, next.place());
    }

    @Test
    void aBadRequestIsRefusedAtOnce() {
        assertThrows(RequestException.class, () -> fs.submit(SHORT.withFrames(3)));
        assertThrows(RequestException.class, () -> fs.submit(Request.ofPrompt("words")));
        assertThrows(RequestException.class, () -> SHORT.withTimeout(Duration.ZERO));
        assertThrows(RequestException.class, () -> options().withQueueLimit(0));
        assertEquals(0, fs.waiting());
    }

    @Test
    void aRequestIsAValue() {
        Request one = SHORT.withSeed(3).withTimeout(Duration.ofSeconds(5));
        assertEquals(SHORT.withTimeout(Duration.ofSeconds(5)).withSeed(3), one);
        assertEquals(SHORT.withTimeout(Duration.ofSeconds(5)).withSeed(3).hashCode(), one.hashCode());
        assertNotEquals(SHORT.withSeed(3), one);
        assertEquals("request \"the camera pans left\" seed 3, image 150x140, steps 1, timeout PT5S", one.toString());
    }
}
