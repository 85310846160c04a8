package io.fsvideo;

import io.fsvideo.media.Bucket;
import io.fsvideo.media.Image;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A request with the model's defaults filled in. */
record Job(
        Image image,
        Image lastImage,
        Geometry geometry,
        String prompt,
        String negativePrompt,
        long seed,
        int steps,
        float guidance,
        float shift,
        Sampler sampler,
        int refinerSteps,
        List<Boolean> guidedSteps,
        GuidanceInterval guidanceInterval,
        float stepCache,
        VaeTiling vaeTiling) {

    /** @throws RequestException when the model cannot do what is asked */
    static Job of(Request request, ModelConfig config) {
        Request.Settings s = request.settings();
        Defaults defaults = config.pipeline();
        requireImages(request, config);
        if (s.vaeTiling != null) {
            s.vaeTiling.require(config);
        }
        int steps = s.steps == null ? defaults.steps() : s.steps;
        float shift = s.shift == null ? defaults.shift() : s.shift;
        Sampler sampler = s.sampler == null ? defaults.sampler() : s.sampler;
        return new Job(
                request.image(),
                s.lastImage,
                geometry(request, config),
                s.prompt,
                s.negativePrompt == null ? defaults.negativePrompt() : s.negativePrompt,
                s.seed,
                steps,
                s.guidance == null ? defaults.guidance() : s.guidance,
                shift,
                sampler,
                s.refinerSteps == null ? defaults.refinerSteps() : s.refinerSteps,
                guided(s.guidanceInterval, sampler.schedule(steps, shift)),
                s.guidanceInterval,
                s.stepCache,
                s.vaeTiling);
    }

    private static List<Boolean> guided(GuidanceInterval interval, NoiseSchedule schedule) {
        return IntStream.range(0, schedule.steps())
                .mapToObj(step -> interval.contains(schedule.sigma(step)))
                .toList();
    }

    private static void requireImages(Request request, ModelConfig config) {
        WanConfig wan = config instanceof WanConfig w ? w : null;
        requireImage("image", request.image(), wan == null || wan.kind().takesImage(), config);
        requireImage(
                "lastImage",
                request.settings().lastImage,
                wan != null && wan.kind().takesLastImage(),
                config);
    }

    private static void requireImage(String name, Image image, boolean taken, ModelConfig config) {
        if ((image != null) != taken) {
            throw new RequestException("request: " + name + " must " + (taken ? "" : "not ") + "be given for "
                    + config.className() + " models, got " + (image == null ? "none" : "one"));
        }
    }

    /** The size asked for, or one of the image's aspect ratio within the model's pixel budget. */
    private static Geometry geometry(Request request, ModelConfig config) {
        Request.Settings s = request.settings();
        Defaults defaults = config.pipeline();
        int frames = s.frames == null ? defaults.frames() : s.frames;
        SizeRule rule = config instanceof WanConfig wan ? wan.sizes() : SizeRule.FSVIDEO;
        if (s.height != null) {
            return new Geometry(frames, s.height, s.width, rule);
        }
        Image image = request.image();
        if (image == null) {
            return new Geometry(frames, defaults.height(), defaults.width(), rule);
        }
        int area = defaults.height() * defaults.width();
        if (config instanceof WanConfig) {
            return rule.nearest(frames, image, area);
        }
        Bucket bucket = Bucket.nearest(image.height(), image.width(), area);
        return new Geometry(frames, bucket.height(), bucket.width(), rule);
    }

    /** The same with at most {@code most} steps of each kind; with guided steps and others the latter come first. */
    Job withAtMostSteps(int most) {
        return new Job(
                image,
                lastImage,
                geometry,
                prompt,
                negativePrompt,
                seed,
                Math.min(most, steps),
                guidance,
                shift,
                sampler,
                Math.min(most, refinerSteps),
                guidedOf(Math.min(most, steps)),
                guidanceInterval,
                stepCache,
                vaeTiling);
    }

    private List<Boolean> guidedOf(int count) {
        boolean mixed = guidedSteps.contains(true) && guidedSteps.contains(false);
        return IntStream.range(0, count)
                .mapToObj(step -> mixed ? step > 0 : guidedSteps.get(0))
                .toList();
    }

    /** The base model's steps. */
    Denoiser.Steps baseSteps() {
        Guidance used = isGuided() ? new Guidance(guidance) : Guidance.NONE;
        return new Denoiser.Steps(sampler.schedule(steps, shift), used, guidedSteps, stepCache);
    }

    /** Whether the base model runs a second branch. */
    boolean isGuided() {
        return guidance != 1f && guidedSteps.contains(true);
    }

    /** What is written into the video file. */
    Map<String, String> metadata(Defaults model, int skippedSteps) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("software", "FSVideo for the JVM " + Version.TEXT);
        metadata.put("model", model.name());
        metadata.put("prompt", prompt);
        metadata.put("negative_prompt", negativePrompt);
        metadata.put("seed", Long.toString(seed));
        metadata.put("steps", Integer.toString(steps));
        if (model.refinerSteps() > 0) {
            metadata.put("refiner_steps", Integer.toString(refinerSteps));
        }
        metadata.put("guidance", Float.toString(guidance));
        if (!guidanceInterval.equals(GuidanceInterval.ALL)) {
            metadata.put("guidance_interval", guidanceInterval.low() + ".." + guidanceInterval.high());
        }
        if (stepCache > 0) {
            metadata.put("step_cache", Float.toString(stepCache));
            metadata.put("skipped_steps", Integer.toString(skippedSteps));
        }
        if (vaeTiling != null) {
            metadata.put("vae_tiling", vaeTiling.size() + "/" + vaeTiling.stride());
        }
        metadata.put("shift", Float.toString(shift));
        metadata.put("sampler", sampler.name());
        metadata.put("frames", Integer.toString(geometry.frames()));
        metadata.put("size", geometry.height() + "x" + geometry.width());
        return metadata;
    }
}
