package io.fsvideo.pipeline;

import io.fsvideo.Embeddings;
import io.fsvideo.Latents;
import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.VaeTiling;
import io.fsvideo.Version;
import io.fsvideo.media.Image;
import io.fsvideo.model.Transformer;
import io.fsvideo.sample.Guidance;
import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.StepTable;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A request with the model's defaults filled in, checked against what the model can do.
 *
 * @since 0.1
 */
public final class ResolvedRequest {
    private final Request request;
    private final Geometry geometry;
    private final String negativePrompt;
    private final int steps;
    private final StepTable table;
    private final float guidance;
    private final float shift;
    private final Sampler sampler;
    private final int refinerSteps;
    private final List<Boolean> guidedSteps;
    private final Previews previews;

    private ResolvedRequest(Request request, ModelConfig config) {
        Defaults defaults = config.pipeline();
        this.request = request;
        geometry = geometry(request, config);
        negativePrompt = given(request.negativePrompt(), defaults.negativePrompt());
        table = request.stepTable();
        steps = given(request.steps(), table == null ? (Integer) defaults.steps() : (Integer) table.steps());
        if (table != null && steps != table.steps()) {
            throw new RequestException(
                    "request: steps must be those of stepTable, " + table.steps() + ", or not given, got " + steps);
        }
        guidance = given(request.guidance(), defaults.guidance());
        shift = given(request.shift(), table == null ? defaults.shift() : 1f);
        sampler = given(request.sampler(), defaults.sampler());
        refinerSteps = given(request.refinerSteps(), defaults.refinerSteps());
        guidedSteps = guided(request.guidanceInterval(), schedule());
        previews = request.previewSteps() == null ? Previews.NONE : Previews.of(config, request.previewSteps());
    }

    private ResolvedRequest(ResolvedRequest job, int most) {
        request = job.request;
        geometry = job.geometry;
        negativePrompt = job.negativePrompt;
        steps = Math.min(most, job.steps);
        table = job.table;
        guidance = job.guidance;
        shift = job.shift;
        sampler = job.sampler;
        refinerSteps = Math.min(most, job.refinerSteps);
        guidedSteps = job.guidedOf(steps);
        previews = job.previews;
    }

    /**
     * Fills in the defaults.
     *
     * @throws RequestException when the model cannot do what is asked
     */
    public static ResolvedRequest of(Request request, ModelConfig config) {
        boolean decodesOnly = request.latents() != null;
        requireImage(
                "image",
                request.image(),
                decodesOnly ? config.decodesWithImage() : config.inputs().takesImage(),
                config);
        requireImage(
                "lastImage",
                request.lastImage(),
                !decodesOnly && config.inputs().takesLastImage(),
                config);
        if (request.vaeTiling() != null) {
            config.requireTiling(request.vaeTiling());
        }
        if (request.previewSteps() != null && config.latentRgb() == null) {
            throw new RequestException("request: previews must not be asked of "
                    + config.pipeline().name() + ", which carries no map from latents to colours; leave them out");
        }
        if (request.stepCache() > 0 && request.shortcut() != Transformer.Shortcut.Factory.NONE) {
            throw new RequestException(
                    "request: stepCache and shortcut must not both be given, they stand in for the" + " same blocks");
        }
        ResolvedRequest job = new ResolvedRequest(request, config);
        if (request.embeddings() != null) {
            job.requireEmbeddings(config);
        }
        return job;
    }

    private void requireEmbeddings(ModelConfig config) {
        Embeddings e = request.embeddings();
        if (config.textWidth() != e.width()) {
            throw new RequestException("request: embeddings must have rows of " + config.textWidth()
                    + " numbers, which the model's transformer reads, got " + e.width()
                    + "; they are another text encoder's");
        }
        int rows = Math.max(e.values().length, isGuided() && e.negativePrompt() != null ? e.negativeValues().length : 0)
                / e.width();
        if (rows > config.textLen()) {
            throw new RequestException(
                    "request: embeddings must have at most " + config.textLen() + " rows, got " + rows);
        }
        if (isGuided() && e.negativePrompt() == null) {
            throw new RequestException(
                    "request: embeddings must have the negative prompt's rows for guidance, got the prompt's"
                            + " alone; save them from a request with guidance, or use guidance 1");
        }
    }

    private static <T> T given(T asked, T usual) {
        return asked == null ? usual : asked;
    }

    private static List<Boolean> guided(GuidanceInterval interval, NoiseSchedule schedule) {
        return IntStream.range(0, schedule.steps())
                .mapToObj(step -> interval.contains(schedule.sigma(step)))
                .toList();
    }

    private static void requireImage(String name, Image image, boolean taken, ModelConfig config) {
        if ((image != null) != taken) {
            throw new RequestException("request: " + name + " must " + (taken ? "" : "not ") + "be given for "
                    + config.className() + " models, got " + (image == null ? "none" : "one"));
        }
    }

    /** The size asked for, or one of the image's aspect ratio within the model's pixel budget. */
    private static Geometry geometry(Request request, ModelConfig config) {
        Defaults defaults = config.pipeline();
        if (request.latents() != null) {
            return geometry(request.latents(), request, config);
        }
        int frames = given(request.frames(), defaults.frames());
        if (request.height() != null) {
            return new Geometry(frames, request.height(), request.width(), config.sizes());
        }
        return request.image() == null
                ? new Geometry(frames, defaults.height(), defaults.width(), config.sizes())
                : config.sizeFor(frames, request.image());
    }

    private static Geometry geometry(Latents latents, Request request, ModelConfig config) {
        if (config.latentChannels() != latents.channels()) {
            throw new RequestException("request: latents must have "
                    + (config.latentChannels() == 0
                            ? "a model that decodes them, which " + config.className() + " models do not"
                            : config.latentChannels() + " channels")
                    + ", got " + latents + "; they are another model's, or their dimensions in another order");
        }
        if (request.frames() != null || request.height() != null) {
            throw new RequestException("request: frames and size must not be given with latents, which have theirs");
        }
        SizeRule rule = config.sizes();
        long frames = rule.firstFrames() + (long) (latents.frames() - rule.firstFrames()) * rule.frameStep();
        long height = (long) latents.height() * rule.spatialFactor();
        long width = (long) latents.width() * rule.spatialFactor();
        if (Math.max(frames, Math.max(height, width)) > Integer.MAX_VALUE) {
            throw new RequestException("request: latents must be of a video that the model can make, got " + latents);
        }
        return new Geometry((int) frames, (int) height, (int) width, rule);
    }

    /** Returns the same with at most {@code most} steps of each kind; with guided steps and others the latter come first. */
    public ResolvedRequest withAtMostSteps(int most) {
        return new ResolvedRequest(this, most);
    }

    private List<Boolean> guidedOf(int count) {
        boolean mixed = guidedSteps.contains(true) && guidedSteps.contains(false);
        return IntStream.range(0, count)
                .mapToObj(step -> mixed ? step > 0 : guidedSteps.get(0))
                .toList();
    }

    /** Returns the picture the video starts with, or null for words alone. */
    public Image image() {
        return request.image();
    }

    /** Returns the picture the video ends with, or null. */
    public Image lastImage() {
        return request.lastImage();
    }

    /** Returns the size of the video and of its latents. */
    public Geometry geometry() {
        return geometry;
    }

    /** Returns what the video should show. */
    public String prompt() {
        return request.prompt();
    }

    /** Returns what the video should not show. */
    public String negativePrompt() {
        return negativePrompt;
    }

    /**
     * Returns the prompt, and with guidance the negative one, as the request gives them; null where a text encoder reads words.
     *
     * @param dtype of the rows
     * @return each {@code [rows, textWidth]} in {@code a}
     */
    public List<Tensor> texts(Arena a, DType dtype) {
        Embeddings e = request.embeddings();
        if (e == null) {
            return null;
        }
        List<float[]> texts = isGuided() ? List.of(e.values(), e.negativeValues()) : List.of(e.values());
        return texts.stream()
                .map(text -> a.of("text", dtype, text, text.length / e.width(), e.width()))
                .toList();
    }

    /** Returns the latents that are to be decoded only, {@code [1, frames, height, width, channels]} F32 in {@code a}; null where they are made. */
    public Tensor latents(Arena a) {
        Latents l = request.latents();
        return l == null ? null : a.of("latents", l.values(), 1, l.frames(), l.height(), l.width(), l.channels());
    }

    /** Tells whether the request gives latents, and nothing is encoded or denoised. */
    public boolean decodesOnly() {
        return request.latents() != null;
    }

    /** Returns the seed of all noise. */
    public long seed() {
        return request.seed();
    }

    /** Returns the steps of the base model. */
    public int steps() {
        return steps;
    }

    /** Returns the steps of the refiner; of no meaning without one. */
    public int refinerSteps() {
        return refinerSteps;
    }

    /** Returns the solver, with the noise levels that belong to it. */
    public Sampler sampler() {
        return sampler;
    }

    /** Returns the tiles that the autoencoder works in, or null for the whole picture. */
    public VaeTiling vaeTiling() {
        return request.vaeTiling();
    }

    /** Returns which steps are shown. */
    public Previews previews() {
        return previews;
    }

    /** Returns which of the base model's steps are guided. */
    public List<Boolean> guidedSteps() {
        return guidedSteps;
    }

    /** Returns how the base model's steps are made. */
    public Denoiser.Steps baseSteps() {
        Guidance used = isGuided() ? new Guidance(guidance) : Guidance.NONE;
        return new Denoiser.Steps(schedule(), used, guidedSteps, shortcut());
    }

    /** Levels of the base model. */
    private NoiseSchedule schedule() {
        return table == null
                ? sampler.schedule(steps, shift)
                : NoiseSchedule.of(table.first(steps).shifted(shift));
    }

    private Transformer.Shortcut.Factory shortcut() {
        float threshold = request.stepCache();
        return threshold == 0 ? request.shortcut() : (a, count) -> new StepCache(a, threshold, count);
    }

    /** Tells whether the base model runs a second branch. */
    public boolean isGuided() {
        return guidance != 1f && guidedSteps.contains(true);
    }

    /** Returns what is written into the video file. */
    public Map<String, String> metadata(Defaults model, int skippedSteps) {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (decodesOnly() && !request.latents().metadata().isEmpty()) {
            return request.latents().metadata();
        }
        metadata.put("software", "FSVideo for the JVM " + Version.TEXT);
        metadata.put("model", model.name());
        if (decodesOnly()) {
            metadata.put("frames", Integer.toString(geometry.frames()));
            metadata.put("size", geometry.height() + "x" + geometry.width());
            return metadata;
        }
        metadata.put("prompt", prompt());
        metadata.put("negative_prompt", negativePrompt);
        metadata.put("seed", Long.toString(seed()));
        metadata.put("steps", Integer.toString(steps));
        if (model.refinerSteps() > 0) {
            metadata.put("refiner_steps", Integer.toString(refinerSteps));
        }
        metadata.put("guidance", Float.toString(guidance));
        GuidanceInterval interval = request.guidanceInterval();
        if (!interval.equals(GuidanceInterval.ALL)) {
            metadata.put("guidance_interval", interval.low() + ".." + interval.high());
        }
        if (request.stepCache() > 0) {
            metadata.put("step_cache", Float.toString(request.stepCache()));
        }
        if (request.stepCache() > 0 || skippedSteps > 0) {
            metadata.put("skipped_steps", Integer.toString(skippedSteps));
        }
        if (vaeTiling() != null) {
            metadata.put("vae_tiling", vaeTiling().size() + "/" + vaeTiling().stride());
        }
        metadata.put("shift", Float.toString(shift));
        if (table != null) {
            metadata.put("step_table", table.sigmas().toString());
        }
        metadata.put("sampler", sampler.name());
        metadata.put("frames", Integer.toString(geometry.frames()));
        metadata.put("size", geometry.height() + "x" + geometry.width());
        return metadata;
    }
}
