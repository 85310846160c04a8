package io.fsvideo;

import io.fsvideo.media.Bucket;
import io.fsvideo.media.Image;
import io.fsvideo.sample.Sampler;
import java.util.LinkedHashMap;
import java.util.Map;

/** A request with the model's defaults filled in. */
record Job(
        Image image,
        Geometry geometry,
        String prompt,
        String negativePrompt,
        long seed,
        int steps,
        float guidance,
        float shift,
        Sampler sampler,
        int refinerSteps) {

    static Job of(Request request, PipelineConfig defaults) {
        Request.Settings s = request.settings();
        return new Job(
                request.image(),
                geometry(request, defaults),
                s.prompt,
                s.negativePrompt == null ? defaults.negativePrompt() : s.negativePrompt,
                s.seed,
                s.steps == null ? defaults.steps() : s.steps,
                s.guidance == null ? defaults.guidance() : s.guidance,
                s.shift == null ? defaults.shift() : s.shift,
                s.sampler == null ? defaults.sampler() : s.sampler,
                s.refinerSteps == null ? defaults.refinerSteps() : s.refinerSteps);
    }

    /** The size asked for, or the bucket nearest to the image's aspect ratio within the model's pixel budget. */
    private static Geometry geometry(Request request, PipelineConfig defaults) {
        Request.Settings s = request.settings();
        int frames = s.frames == null ? defaults.frames() : s.frames;
        if (s.height != null) {
            return new Geometry(frames, s.height, s.width);
        }
        Bucket bucket =
                Bucket.nearest(request.image().height(), request.image().width(), defaults.height() * defaults.width());
        return new Geometry(frames, bucket.height(), bucket.width());
    }

    /** The same with at most {@code most} steps of each kind. */
    Job withAtMostSteps(int most) {
        return new Job(
                image,
                geometry,
                prompt,
                negativePrompt,
                seed,
                Math.min(most, steps),
                guidance,
                shift,
                sampler,
                Math.min(most, refinerSteps));
    }

    /** Whether the base model runs a second branch. */
    boolean isGuided() {
        return guidance != 1f;
    }

    /** What is written into the video file. */
    Map<String, String> metadata(PipelineConfig model) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("software", "FSVideo for the JVM " + Version.TEXT);
        metadata.put("model", model.name());
        metadata.put("prompt", prompt);
        metadata.put("negative_prompt", negativePrompt);
        metadata.put("seed", Long.toString(seed));
        metadata.put("steps", Integer.toString(steps));
        metadata.put("refiner_steps", Integer.toString(refinerSteps));
        metadata.put("guidance", Float.toString(guidance));
        metadata.put("shift", Float.toString(shift));
        metadata.put("sampler", sampler.name());
        metadata.put("frames", Integer.toString(geometry.frames()));
        metadata.put("size", geometry.height() + "x" + geometry.width());
        return metadata;
    }
}
