package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.FsVideoException.Category;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What those see who watch over a model: events of jobs, health, flight recordings, categories of errors. */
@Timeout(120)
class ObservabilityTest {
    private static final Request REQUEST = SmallModel.request();
    private static final ProgressListener FAULTY = ProgressListener.inStep(progress -> {
        throw new IllegalStateException("a fault of the caller's");
    });

    @TempDir
    Path temp;

    @Test
    void anObserverHearsOfEveryJobAndCannotHarmOne() {
        List<String> heard = new CopyOnWriteArrayList<>();
        Job.Observer observer = new Job.Observer() {
            @Override
            public void started(Job job) {
                heard.add("started " + job.state());
                throw new AssertionError("user bug");
            }

            @Override
            public void ended(Job job) {
                heard.add("ended " + job.state() + " "
                        + job.failure().map(FsVideoException::categoryOf).orElse(null));
                throw new AssertionError("user bug");
            }
        };
        try (FsVideo fs =
                FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withJobObserver(observer))) {
            fs.generate(REQUEST);
            assertThrows(IllegalStateException.class, () -> fs.generate(REQUEST, FAULTY));
        }
        assertEquals(List.of("started RUNNING", "ended DONE null", "started RUNNING", "ended FAILED DEFECT"), heard);
    }

    @Test
    void aJobThatIsStoppedWhileItWaitsEndsWithoutAStart() {
        CountDownLatch free = new CountDownLatch(1);
        Executor late = task -> new Thread(() -> {
                    awaitUninterruptibly(free);
                    task.run();
                })
                .start();
        List<String> heard = new CopyOnWriteArrayList<>();
        Job.Observer observer = new Job.Observer() {
            @Override
            public void started(Job job) {
                heard.add("started");
            }

            @Override
            public void ended(Job job) {
                heard.add("ended "
                        + job.failure().map(FsVideoException::categoryOf).orElse(null));
            }
        };
        OpenOptions options = OpenOptions.defaults().withJobObserver(observer).withExecutor(late);
        try (FsVideo fs = FsVideo.open(SmallModel.directory(), options)) {
            fs.submit(REQUEST).cancel();
            free.countDown();
        }
        assertEquals(List.of("ended CANCELLED"), heard);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void healthSaysWhetherRequestsAreTakenAndWhatFailedLast() {
        FsVideo fs = FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withQueueLimit(1));
        try (fs) {
            FsVideo.Health idle = fs.health();
            assertTrue(idle.takesRequests());
            assertEquals(Optional.empty(), idle.running());
            assertEquals(fs.bytesInUse(), idle.bytesInUse());
            assertEquals(Optional.empty(), idle.lastFailure());
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            Job first = fs.submit(REQUEST, ProgressListener.inStep(progress -> {
                running.countDown();
                awaitUninterruptibly(free);
            }));
            awaitUninterruptibly(running);
            Job second = fs.submit(REQUEST);
            FsVideo.Health full = fs.health();
            assertEquals(Optional.of(first), full.running());
            assertEquals(1, full.waiting());
            assertFalse(full.takesRequests());
            second.cancel();
            free.countDown();
            first.join();
            assertThrows(IllegalStateException.class, () -> fs.generate(REQUEST, FAULTY));
            assertInstanceOf(
                    IllegalStateException.class, fs.health().lastFailure().orElseThrow());
        }
        assertFalse(fs.health().takesRequests());
    }

    @Test
    void aFlightRecordingHoldsModelsJobsStagesAndSteps() throws IOException {
        Path file = temp.resolve("jobs.jfr");
        Job job;
        try (Recording recording = new Recording()) {
            for (String name : List.of("Open", "Job", "Stage", "Step")) {
                recording.enable("io.fsvideo." + name).withThreshold(Duration.ZERO);
            }
            recording.start();
            try (FsVideo fs = FsVideo.open(SmallModel.directory())) {
                job = fs.submit(REQUEST);
                job.join();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertEquals(1, count(events, "io.fsvideo.Open"));
        RecordedEvent ran = events.stream()
                .filter(event -> event.getEventType().getName().equals("io.fsvideo.Job"))
                .findFirst()
                .orElseThrow();
        assertEquals(job.id(), ran.getString("id"));
        assertEquals("DONE", ran.getString("state"));
        assertEquals(job.result().join().timings().size(), count(events, "io.fsvideo.Stage"));
        int steps = events.stream()
                .filter(event -> event.getEventType().getName().equals("io.fsvideo.Stage"))
                .mapToInt(event -> event.getInt("steps"))
                .sum();
        assertEquals(steps, count(events, "io.fsvideo.Step"));
    }

    private static long count(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .count();
    }

    @Test
    void errorsSayWhoseTurnItIs() {
        assertEquals(Category.BAD_REQUEST, new RequestException("x").category());
        assertEquals(Category.BUSY, new BusyException("x").category());
        assertEquals(Category.CANCELLED, new CancelledException("x").category());
        assertEquals(Category.BROKEN_MODEL, new ModelException("x").category());
        assertEquals(Category.NO_RESOURCES, FsVideoException.categoryOf(new OutOfMemoryError()));
        assertEquals(Category.DEFECT, FsVideoException.categoryOf(new NullPointerException()));
    }
}
