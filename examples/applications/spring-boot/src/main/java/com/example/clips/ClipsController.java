package com.example.clips;

import io.fsvideo.FsVideo;
import io.fsvideo.Job;
import io.fsvideo.Progress;
import io.fsvideo.Request;
import io.fsvideo.media.Image;
import io.fsvideo.media.VideoFormat;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Clips over HTTP: a photograph and a prompt come in, progress goes out as Server-Sent Events, then the MP4. */
@RestController
class ClipsController {
    private record Clip(Job job, Set<SseEmitter> watchers) {}

    private final Map<String, Clip> clips = new ConcurrentHashMap<>();
    private final FsVideo fs;

    ClipsController(FsVideo fs) {
        this.fs = fs;
    }

    @PostMapping("/clips")
    String submit(@RequestParam MultipartFile photo, @RequestParam String prompt) throws IOException {
        Set<SseEmitter> watchers = ConcurrentHashMap.newKeySet();
        Request request = Request.of(Image.read(photo.getBytes())).withPrompt(prompt);
        Job job = fs.submit(request, progress -> watchers.forEach(watcher -> send(watcher, progress)));
        clips.put(job.id(), new Clip(job, watchers));
        return job.id();
    }

    @GetMapping("/clips/{id}/events")
    SseEmitter events(@PathVariable String id) {
        Clip clip = clips.get(id);
        SseEmitter watcher = new SseEmitter(0L);
        watcher.onCompletion(() -> clip.watchers().remove(watcher));
        clip.watchers().add(watcher);
        clip.job().result().whenComplete((result, failure) -> watcher.complete());
        return watcher;
    }

    private static void send(SseEmitter watcher, Progress progress) {
        try {
            watcher.send(SseEmitter.event().name("progress").data(progress.fraction()));
        } catch (IOException | IllegalStateException gone) {
            watcher.completeWithError(gone);
        }
    }

    @GetMapping(path = "/clips/{id}/clip.mp4", produces = "video/mp4")
    byte[] clip(@PathVariable String id) {
        return clips.get(id).job().join().video().toBytes(VideoFormat.MP4);
    }

    @DeleteMapping("/clips/{id}")
    void cancel(@PathVariable String id) {
        clips.remove(id).job().cancel();
    }
}
