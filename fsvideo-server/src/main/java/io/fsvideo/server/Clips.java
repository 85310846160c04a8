package io.fsvideo.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.BusyException;
import io.fsvideo.CancelledException;
import io.fsvideo.ClosedException;
import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.ModelInfo;
import io.fsvideo.Progress;
import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.Result;
import io.fsvideo.media.Video;
import io.fsvideo.media.VideoException;
import io.fsvideo.tensor.FsVideoException;
import io.fsvideo.tensor.OutOfMemoryException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All clips of a server, oldest first: those that wait, that are made, that ended, and that an earlier run finished. */
final class Clips implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Clips.class);
    /** Ended clips that have no file are forgotten beyond this number. */
    private static final int MOST_FAILED = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Models models;
    private final ServerOptions options;
    private final ClipFolder folder;
    private final Metrics metrics;
    private final AtomicInteger ending = new AtomicInteger();
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Clip> clips = Collections.synchronizedMap(new LinkedHashMap<>());

    Clips(Models models, ServerOptions options, ClipFolder folder, Metrics metrics) throws IOException {
        this.models = models;
        this.options = options;
        this.folder = folder;
        this.metrics = metrics;
        folder.findAgain().forEach(clip -> clips.put(clip.id(), clip));
        removeOld();
    }

    /**
     * Submits a job.
     *
     * @throws ApiException when it is refused, with the status that says why
     */
    Clip create(NewVideo fields) {
        folder.requireRoom();
        FsVideo model = models.named(fields.model());
        ModelInfo info = model.model();
        Request request = fields.request(info, options);
        String id = newId();
        Clip clip = new Clip(id, facts(request, info), Clip.Status.QUEUED);
        clips.put(id, clip);
        try {
            if (request.image() != null) {
                folder.keepPhoto(id, request.image());
            }
            Request shown = info.hasPreviews() ? request.withPreviews(1) : request;
            Job job = model.submit(shown, progress -> progressed(clip, progress));
            clip.submitted(job);
            job.result().whenComplete((result, failure) -> ended(clip, result, failure));
            metrics.submitted();
            return clip;
        } catch (BusyException e) {
            throw refused(clip, new ApiException(429, "queue_full", "as many clips wait as may; try again in a while"));
        } catch (ClosedException e) {
            throw refused(clip, new ApiException(503, "stopping", "the server is stopping"));
        } catch (RequestException e) {
            throw refused(clip, new ApiException(400, "invalid_value", e.getMessage()));
        } catch (IOException e) {
            LOG.warn("A photo could not be kept", e);
            throw refused(
                    clip, new ApiException(507, "disk_full", "the photo could not be kept: the disk may be full"));
        } catch (RuntimeException | Error e) {
            forget(clip);
            throw e;
        }
    }

    private void progressed(Clip clip, Progress progress) {
        if (clip.progressed(progress)) {
            clips().forEach(Clip::placeChanged);
        }
    }

    private ApiException refused(Clip clip, ApiException reason) {
        metrics.refused(reason.code());
        forget(clip);
        return reason;
    }

    private void forget(Clip clip) {
        clips.remove(clip.id());
        deleteFiles(clip);
    }

    private String newId() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return "video_" + HexFormat.of().formatHex(bytes);
    }

    private static ObjectNode facts(Request request, ModelInfo info) {
        int frames = request.frames();
        ObjectNode facts = Json.object();
        facts.put("model", info.name());
        facts.put("created_at", Instant.now().getEpochSecond());
        facts.put("prompt", request.prompt());
        facts.put("negative_prompt", request.negativePrompt());
        facts.put("seed", request.seed());
        facts.put("size", request.width() == null ? "auto" : request.width() + "x" + request.height());
        facts.put("frames", frames);
        facts.put("fps", info.framesPerSecond());
        facts.put("seconds", seconds(frames, info));
        facts.put("has_photo", request.image() != null);
        return facts;
    }

    /** A text, as in the published interface. */
    private static String seconds(int frames, ModelInfo info) {
        return Double.toString(Math.round(10.0 * frames / info.framesPerSecond()) / 10.0);
    }

    private void ended(Clip clip, Result result, Throwable failure) {
        ending.incrementAndGet();
        try {
            if (failure == null) {
                completed(clip, result);
            } else {
                failed(
                        clip,
                        failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("A clip could not be ended", e);
            clip.failed("internal", "the server has a defect; its log says more");
            metrics.failed();
        } finally {
            if (clip.isRemoved() || clip.status() == Clip.Status.FAILED) {
                deleteFiles(clip);
            }
            clips().forEach(Clip::placeChanged);
            synchronized (ending) {
                ending.decrementAndGet();
                ending.notifyAll();
            }
        }
    }

    private void completed(Clip clip, Result result) {
        Video video = result.video();
        ObjectNode made = Json.object();
        made.put("size", video.width() + "x" + video.height());
        made.put("completed_at", Instant.now().getEpochSecond());
        made.put("expires_at", Instant.now().plus(options.maxAge()).getEpochSecond());
        result.timings().forEach(metrics::stage);
        made.put(
                "made_in_seconds",
                result.timings().values().stream()
                                .mapToLong(time -> time.toMillis())
                                .sum()
                        / 1000.0);
        ObjectNode facts = clip.facts();
        facts.setAll(made);
        try {
            folder.keep(clip.id(), video, facts);
            clip.completed(made);
            metrics.completed();
        } catch (VideoException | IOException e) {
            LOG.warn("A clip could not be kept", e);
            clip.failed("disk_full", "the clip was made but could not be kept: the disk may be full");
            metrics.failed();
        }
    }

    private void failed(Clip clip, Throwable failure) {
        if (failure instanceof CancelledException) {
            clip.failed("cancelled", "it was cancelled");
            metrics.cancelled();
        } else if (failure instanceof OutOfMemoryException) {
            clip.failed("out_of_memory", "the server has no room for a clip of this size; ask for a smaller one");
            metrics.failed();
        } else {
            LOG.warn("A clip failed", failure);
            clip.failed(
                    "internal", failure instanceof FsVideoException ? failure.getMessage() : "the server has a defect");
            metrics.failed();
        }
        forgetFailed();
    }

    private void forgetFailed() {
        List<Clip> failed = clips().stream()
                .filter(clip -> clip.status() == Clip.Status.FAILED)
                .toList();
        failed.stream().limit(Math.max(0, failed.size() - MOST_FAILED)).forEach(clip -> clips.remove(clip.id()));
    }

    /** Oldest first. */
    List<Clip> clips() {
        synchronized (clips) {
            return new ArrayList<>(clips.values());
        }
    }

    /** @throws ApiException when there is none of this name */
    Clip get(String id) {
        Clip clip = clips.get(id);
        if (clip == null) {
            throw new ApiException(404, "video_not_found", "there is no video of this id");
        }
        return clip;
    }

    /** Stops a clip that is not ended, and removes its files. */
    void delete(Clip clip) {
        clips.remove(clip.id());
        clip.remove();
        deleteFiles(clip);
    }

    private void deleteFiles(Clip clip) {
        try {
            folder.delete(clip.id());
        } catch (IOException e) {
            LOG.warn("A clip could not be removed", e);
        }
    }

    /** Removes what is older than clips may be. */
    void removeOld() {
        long oldest = Instant.now().minus(options.maxAge()).getEpochSecond();
        clips().stream()
                .filter(clip -> clip.isEnded() && clip.createdAt() < oldest)
                .forEach(this::delete);
    }

    ClipFolder folder() {
        return folder;
    }

    int watchers() {
        return clips().stream().mapToInt(clip -> clip.watchers().count()).sum();
    }

    void heartbeat() {
        clips().forEach(clip -> clip.watchers().heartbeat());
    }

    /** Lets clips that are made but not yet kept come to the disk. */
    @Override
    public void close() throws IOException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        synchronized (ending) {
            try {
                for (long left = PATIENCE.toMillis();
                        ending.get() > 0 && left > 0;
                        left = (until - System.nanoTime()) / 1_000_000) {
                    ending.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        folder.close();
    }
}
