package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.Job;
import io.fsvideo.Preview;
import io.fsvideo.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** One video that was asked for: what is known of it now, and who watches. Thread-safe. */
final class Clip {
    /** What became of it so far, in the words of the interface. */
    enum Status {
        QUEUED,
        IN_PROGRESS,
        COMPLETED,
        FAILED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String id;
    private final ObjectNode facts;
    private final EventStreams watchers = new EventStreams();
    /** The job while it goes on; an ended one holds the whole video. */
    private volatile Job job;

    private volatile boolean removed;
    private Status status;
    private Progress progress;
    private int percent;
    private PreviewFile preview;
    private ObjectNode error;

    /** @param facts what does not change: the fields of the request, and for a finished clip those of its file */
    Clip(String id, ObjectNode facts, Status status) {
        this.id = id;
        this.facts = facts;
        this.status = status;
        this.percent = status == Status.COMPLETED ? 100 : 0;
    }

    String id() {
        return id;
    }

    synchronized Status status() {
        return status;
    }

    synchronized boolean isEnded() {
        return status == Status.COMPLETED || status == Status.FAILED;
    }

    long createdAt() {
        return facts.path("created_at").asLong();
    }

    EventStreams watchers() {
        return watchers;
    }

    void submitted(Job submitted) {
        job = submitted;
        if (removed) {
            submitted.cancel();
        }
    }

    /** Stops the work, if it goes on. */
    void cancel() {
        Job running = job;
        if (running != null) {
            running.cancel();
        }
    }

    void remove() {
        removed = true;
        cancel();
        watchers.end("deleted", Json.object().put("id", id).put("deleted", true));
    }

    boolean isRemoved() {
        return removed;
    }

    /** Returns whether the clip has just left the queue. */
    boolean progressed(Progress now) {
        boolean hasWaited;
        boolean isShown;
        synchronized (this) {
            if (isEnded()) {
                return false;
            }
            hasWaited = status == Status.QUEUED;
            status = Status.IN_PROGRESS;
            progress = now;
            percent = (int) Math.min(99, Math.floor(100 * now.fraction()));
            isShown = shown(now.preview().orElse(null));
        }
        watchers.send(isShown ? "preview" : "progress", json());
        return hasWaited;
    }

    private boolean shown(Preview newest) {
        if (newest == null || preview != null && preview.isOf(newest)) {
            return false;
        }
        preview = new PreviewFile(newest);
        return true;
    }

    /** @throws ApiException when there is none, before the first step and after the last */
    synchronized PreviewFile preview() {
        if (preview == null) {
            throw new ApiException(
                    404,
                    "no_preview",
                    "there is no preview of this video now: it waits, has ended, or its model has none");
        }
        return preview;
    }

    /** Tells watchers the place in the queue when it may have changed. */
    void placeChanged() {
        if (status() == Status.QUEUED) {
            watchers.send("queued", json());
        }
    }

    /** @param made facts of the file */
    void completed(ObjectNode made) {
        synchronized (this) {
            facts.setAll(made);
            status = Status.COMPLETED;
            percent = 100;
            release();
        }
        watchers.end("done", json());
    }

    void failed(String code, String message) {
        synchronized (this) {
            status = Status.FAILED;
            release();
            facts.put("completed_at", Instant.now().getEpochSecond());
            error = Json.object().put("code", code).put("message", message);
        }
        watchers.end("failed", json());
    }

    /** Lets go of what is large: the clip is on the disk now, or nowhere. */
    private void release() {
        job = null;
        progress = null;
        preview = null;
    }

    /** The facts alone, to be kept with the file. */
    synchronized ObjectNode facts() {
        return facts.deepCopy();
    }

    /** What clients see. */
    ObjectNode json() {
        Job running = job;
        int place = status() == Status.QUEUED && running != null ? running.place() : 0;
        synchronized (this) {
            ObjectNode json = Json.object().put("id", id).put("object", "video");
            json.setAll(facts);
            json.put("status", status.word());
            json.put("progress", percent);
            json.put("place", place);
            if (progress != null) {
                json.put("stage", progress.stage().name().toLowerCase(Locale.ROOT));
                json.put("stage_step", progress.step());
                json.put("stage_steps", progress.steps());
                Duration left = progress.left();
                if (!left.isZero()) {
                    json.put("seconds_left", Math.round(left.toMillis() / 100.0) / 10.0);
                }
            }
            if (preview != null) {
                json.put("preview", "/v1/videos/" + id + "/content?variant=preview&of=" + preview.name());
            }
            json.set("error", error);
            return json;
        }
    }
}
