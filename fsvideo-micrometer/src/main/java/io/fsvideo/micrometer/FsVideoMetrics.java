package io.fsvideo.micrometer;

import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.Result;
import io.fsvideo.tensor.FsVideoException;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.time.Duration;
import java.util.Locale;

/**
 * Counts and times the jobs of a model. Give it to the options that the model is opened with, and show it the model afterwards:
 *
 * <pre>{@code
 * FsVideoMetrics metrics = new FsVideoMetrics(registry, Tags.of("model", "demo"));
 * FsVideo fs = FsVideo.open(directory, OpenOptions.defaults().withJobObserver(metrics));
 * metrics.watch(fs);
 * }</pre>
 *
 * <table><caption>Meters</caption>
 * <tr><td>{@code fsvideo.jobs}</td><td>timer of the turns of jobs, by {@code outcome}: {@code done}, or the category of what they ended
 * with, such as {@code cancelled} or {@code no_resources}</td></tr>
 * <tr><td>{@code fsvideo.jobs.wait}</td><td>timer of the time in the queue</td></tr>
 * <tr><td>{@code fsvideo.jobs.waiting}, {@code fsvideo.jobs.running}</td><td>gauges</td></tr>
 * <tr><td>{@code fsvideo.stages}</td><td>timer of the stages of finished clips, by {@code stage}</td></tr>
 * <tr><td>{@code fsvideo.memory.used}</td><td>gauge of the bytes in use on all devices</td></tr>
 * <tr><td>{@code fsvideo.memory.peak}</td><td>summary of the peaks of finished clips, in bytes</td></tr>
 * </table>
 *
 * <p>Thread-safe; one object may serve several models when their meters need not be told apart.
 *
 * @since 0.1
 */
public final class FsVideoMetrics implements Job.Observer {
    private final MeterRegistry registry;
    private final Tags tags;

    /** Makes meters in {@code registry}, all with {@code tags}. */
    public FsVideoMetrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /** Adds the gauges of an open model, which holds it no longer than its user does. */
    public void watch(FsVideo model) {
        Gauge.builder("fsvideo.jobs.waiting", model, FsVideo::waiting)
                .description("Jobs that wait for their turn")
                .tags(tags)
                .register(registry);
        Gauge.builder(
                        "fsvideo.jobs.running",
                        model,
                        open -> open.health().running().isPresent() ? 1 : 0)
                .description("Jobs that have their turn")
                .tags(tags)
                .register(registry);
        Gauge.builder("fsvideo.memory.used", model, open -> open.health().bytesInUse())
                .description("Memory in use on all devices")
                .baseUnit(BaseUnits.BYTES)
                .tags(tags)
                .register(registry);
    }

    @Override
    public void started(Job job) {
        registry.timer("fsvideo.jobs.wait", tags)
                .record(Duration.between(job.submitted(), job.started().orElseThrow()));
    }

    @Override
    public void ended(Job job) {
        Duration turn = job.started()
                .map(start -> Duration.between(start, job.ended().orElseThrow()))
                .orElse(Duration.ZERO);
        registry.timer("fsvideo.jobs", tags.and("outcome", outcome(job))).record(turn);
        job.made().ifPresent(this::made);
    }

    private static String outcome(Job job) {
        return job.failure()
                .map(failure -> FsVideoException.categoryOf(failure).name().toLowerCase(Locale.ROOT))
                .orElse("done");
    }

    private void made(Result result) {
        result.timings()
                .forEach((stage, time) -> Timer.builder("fsvideo.stages")
                        .description("Stages of finished clips")
                        .tags(tags.and("stage", stage.name().toLowerCase(Locale.ROOT)))
                        .register(registry)
                        .record(time));
        DistributionSummary.builder("fsvideo.memory.peak")
                .description("Peaks of finished clips")
                .baseUnit(BaseUnits.BYTES)
                .tags(tags)
                .register(registry)
                .record(result.peakBytes());
    }
}
