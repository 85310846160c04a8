package io.fsvideo.examples.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fsvideo.Request;
import io.fsvideo.media.Image;
import io.fsvideo.media.VideoFormat;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One video to make. Its files must be where every executor sees them.
 *
 * @param image path of the picture that the video starts with
 * @param prompt what it should show; null for nothing
 * @param frames null for the model's number
 * @param steps of the base model; null for the model's number
 * @param out path of the video; one that is there already is not made again
 */
record Job(String image, String prompt, long seed, Integer frames, Integer steps, String out) implements Serializable {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    Job {
        if (image == null || out == null) {
            throw new IllegalArgumentException("image and out must be given");
        }
        VideoFormat.of(Path.of(out));
    }

    /** Reads a manifest as {@code fsvideo batch} does: one JSON object a line, with the names above. */
    static List<Job> readAll(Path manifest) throws IOException {
        List<Job> jobs = new ArrayList<>();
        Set<Path> outputs = new HashSet<>();
        int line = 0;
        for (String text : Files.readAllLines(manifest)) {
            line++;
            if (text.isBlank()) {
                continue;
            }
            Job job = read(manifest + " line " + line, text);
            if (!outputs.add(Path.of(job.out()).toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(
                        manifest + " line " + line + ": out must be given once, got " + job.out() + " again");
            }
            jobs.add(job);
        }
        return jobs;
    }

    private static Job read(String place, String text) {
        try {
            return JSON.readValue(text, Job.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    place + ": must be the JSON of a job, but: " + e.getOriginalMessage(), e);
        }
    }

    /** Reads the picture. */
    Request request() {
        Request request = Request.of(Image.read(Path.of(image))).withSeed(seed);
        request = prompt == null ? request : request.withPrompt(prompt);
        request = frames == null ? request : request.withFrames(frames);
        return steps == null ? request : request.withSteps(steps);
    }
}
