package io.fsvideo.server;

import io.fsvideo.FsVideo;
import io.fsvideo.Stage;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters, in the text format that Prometheus reads. Thread-safe. */
final class Metrics {
    private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();

    private void add(String name, long amount) {
        counters.computeIfAbsent(name, key -> new LongAdder()).add(amount);
    }

    void submitted() {
        add("fsvideo_jobs_submitted_total", 1);
    }

    void completed() {
        add("fsvideo_jobs_ended_total{state=\"completed\"}", 1);
    }

    void failed() {
        add("fsvideo_jobs_ended_total{state=\"failed\"}", 1);
    }

    void cancelled() {
        add("fsvideo_jobs_ended_total{state=\"cancelled\"}", 1);
    }

    void refused(String code) {
        add("fsvideo_jobs_refused_total{code=\"" + code + "\"}", 1);
    }

    void stage(Stage stage, Duration time) {
        String label = "{stage=\"" + stage.name().toLowerCase(Locale.ROOT) + "\"}";
        add("fsvideo_stage_milliseconds_total" + label, time.toMillis());
        add("fsvideo_stage_clips_total" + label, 1);
    }

    void answered(int status) {
        add("fsvideo_http_responses_total{status=\"" + status + "\"}", 1);
    }

    String text(Models models, Clips clips) throws IOException {
        Map<String, Long> values = new TreeMap<>();
        counters.forEach((name, count) -> values.put(name, count.sum()));
        values.put(
                "fsvideo_jobs_waiting",
                models.all().stream().mapToLong(FsVideo::waiting).sum());
        values.put(
                "fsvideo_jobs_running",
                clips.clips().stream()
                        .filter(clip -> clip.status() == Clip.Status.IN_PROGRESS)
                        .count());
        values.put("fsvideo_clips", (long) clips.clips().size());
        values.put("fsvideo_clips_bytes", clips.folder().bytes());
        values.put(
                "fsvideo_model_bytes",
                models.all().stream().mapToLong(FsVideo::bytesInUse).sum());
        values.put("fsvideo_event_streams", (long) clips.watchers());
        StringBuilder text = new StringBuilder();
        String described = "";
        for (Map.Entry<String, Long> value : values.entrySet()) {
            String name = value.getKey().replaceFirst("\\{.*", "");
            if (!name.equals(described)) {
                text.append("# TYPE ").append(name).append(name.endsWith("_total") ? " counter\n" : " gauge\n");
                described = name;
            }
            text.append(value.getKey()).append(' ').append(value.getValue()).append('\n');
        }
        return text.toString();
    }
}
