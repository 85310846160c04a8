package io.fsvideo.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.ProgressListener;
import io.fsvideo.Request;
import io.fsvideo.Result;
import io.fsvideo.SmallModel;
import io.fsvideo.Stage;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FsVideoMetricsTest {
    @Test
    void countsAndTimesWhatAModelMade() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        FsVideoMetrics metrics = new FsVideoMetrics(registry, Tags.of("model", "tiny"));
        Request request = SmallModel.request();
        try (FsVideo fs =
                FsVideo.open(SmallModel.directory(), OpenOptions.defaults().withJobObserver(metrics))) {
            metrics.watch(fs);
            assertEquals(
                    fs.bytesInUse(), registry.get("fsvideo.memory.used").gauge().value());
            Result result = fs.generate(
                    request,
                    ProgressListener.inStep(progress -> assertEquals(
                            1, registry.get("fsvideo.jobs.running").gauge().value())));
            assertThrows(
                    IllegalStateException.class,
                    () -> fs.generate(request, ProgressListener.inStep(progress -> {
                        throw new IllegalStateException("a fault of the caller's");
                    })));
            assertEquals(
                    1,
                    registry.get("fsvideo.jobs")
                            .tags("outcome", "done", "model", "tiny")
                            .timer()
                            .count());
            assertEquals(
                    1,
                    registry.get("fsvideo.jobs")
                            .tag("outcome", "defect")
                            .timer()
                            .count());
            assertEquals(2, registry.get("fsvideo.jobs.wait").timer().count());
            assertEquals(
                    result.timings().get(Stage.DECODE).toNanos(),
                    registry.get("fsvideo.stages")
                            .tag("stage", "decode")
                            .timer()
                            .totalTime(TimeUnit.NANOSECONDS));
            assertEquals(
                    result.peakBytes(),
                    registry.get("fsvideo.memory.peak").summary().max());
            assertEquals(0, registry.get("fsvideo.jobs.waiting").gauge().value());
        }
        assertEquals(0, registry.get("fsvideo.memory.used").gauge().value());
        assertTrue(registry.get("fsvideo.jobs").tag("outcome", "done").timer().totalTime(TimeUnit.NANOSECONDS) > 0);
    }
}
