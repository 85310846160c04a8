package io.fsvideo;

import io.fsvideo.media.Image;
import io.fsvideo.model.Transformer;
import io.fsvideo.sample.FewSteps;
import io.fsvideo.sample.GuidanceInterval;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.StepTable;
import io.fsvideo.tensor.TapListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a video is to be made of: an image, two, or words alone, as the model takes. A value: every {@code with} method returns a new request.
 * What is not set is the model's default.
 *
 * @since 0.1
 */
public final class Request {
    private final Image image;
    private final Settings settings;

    /** What was asked for; null where the model's default holds. Changed only before it is shared. */
    private static final class Settings implements Cloneable {
        String prompt = "";
        String negativePrompt;
        long seed;
        Integer steps;
        Integer refinerSteps;
        Float guidance;
        Float shift;
        Sampler sampler;
        StepTable stepTable;
        Integer frames;
        Integer height;
        Integer width;
        Image lastImage;
        GuidanceInterval guidanceInterval = GuidanceInterval.ALL;
        float stepCache;
        VaeTiling vaeTiling;
        Transformer.Shortcut.Factory shortcut = Transformer.Shortcut.Factory.NONE;
        TapListener taps = TapListener.NONE;
        Duration timeout;
        Integer previewSteps;
        Embeddings embeddings;
        Latents latents;
        Consumer<Embeddings> embeddingsTo;
        Consumer<Latents> latentsTo;

        @Override
        protected Settings clone() {
            try {
                return (Settings) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Request(Image image, Settings settings) {
        this.image = image;
        this.settings = settings;
    }

    /** Makes a request with an empty prompt and seed 0. */
    public static Request of(Image image) {
        return new Request(require("image", image), new Settings());
    }

    /**
     * Makes a request that only decodes: what the video shows, its size and its length are settled in the latents. Models whose decoder looks
     * at the first picture take {@link #withImage} as well.
     */
    public static Request ofLatents(Latents latents) {
        require("latents", latents);
        return new Request(null, new Settings()).with(s -> s.latents = latents);
    }

    /** Makes a request of words alone, seed 0, for models that need no image. */
    public static Request ofPrompt(String prompt) {
        return new Request(null, new Settings()).withPrompt(prompt);
    }

    private Request with(Consumer<Settings> change) {
        Settings copy = settings.clone();
        change.accept(copy);
        return new Request(image, copy);
    }

    /** Gives the picture the video starts with, or another one than before. */
    public Request withImage(Image image) {
        return new Request(require("image", image), settings);
    }

    /**
     * Gives the prompt, and the negative one where guidance needs it, as a text encoder has read them. The model's own is not used then and need not be
     * loaded ({@link OpenOptions#withoutParts}). Saying another prompt afterwards takes them back.
     */
    public Request withEmbeddings(Embeddings embeddings) {
        require("embeddings", embeddings);
        return with(s -> {
            s.prompt = embeddings.prompt();
            s.negativePrompt = embeddings.negativePrompt() == null ? s.negativePrompt : embeddings.negativePrompt();
            s.embeddings = embeddings;
        });
    }

    /** Hands what the text encoder made to {@code receiver}, on the thread that computes; what that throws ends the job. */
    public Request withEmbeddingsTo(Consumer<Embeddings> receiver) {
        require("embeddingsTo", receiver);
        return with(s -> s.embeddingsTo = receiver);
    }

    /** Hands the latents to {@code receiver} before they are decoded, on the thread that computes; what that throws ends the job. */
    public Request withLatentsTo(Consumer<Latents> receiver) {
        require("latentsTo", receiver);
        return with(s -> s.latentsTo = receiver);
    }

    /** Says what the video should show; it may be empty, and is truncated where the model's tokenizer says. */
    public Request withPrompt(String prompt) {
        require("prompt", prompt);
        return with(s -> {
            s.prompt = prompt;
            s.embeddings = null;
        });
    }

    /** Says what the video should not show. */
    public Request withNegativePrompt(String negativePrompt) {
        require("negativePrompt", negativePrompt);
        return with(s -> {
            s.negativePrompt = negativePrompt;
            s.embeddings = null;
        });
    }

    /** Chooses the noise: every seed gives another video, and the same seed the same one. */
    public Request withSeed(long seed) {
        return with(s -> s.seed = seed);
    }

    /** Chooses the steps of the base model, 1 to 1000. */
    public Request withSteps(int steps) {
        requireSteps("steps", steps);
        return with(s -> s.steps = steps);
    }

    /** Chooses the steps of the refiner, 1 to 1000. */
    public Request withRefinerSteps(int steps) {
        requireSteps("refinerSteps", steps);
        return with(s -> s.refinerSteps = steps);
    }

    /** Chooses the scale of classifier-free guidance of the base model, 0 to 100; 1 switches it off. */
    public Request withGuidance(float guidance) {
        if (!(guidance >= 0 && guidance <= 100)) {
            throw new RequestException("request: guidance must be within 0..100, got " + guidance);
        }
        return with(s -> s.guidance = guidance);
    }

    /** Chooses the noise levels at which the base model is guided, every level unless said; steps at other levels take half the work. */
    public Request withGuidanceInterval(GuidanceInterval interval) {
        require("guidanceInterval", interval);
        return with(s -> s.guidanceInterval = interval);
    }

    /**
     * Lets steps of the base model pass without running the transformer's blocks while the time's modulation has changed by less than
     * {@code threshold} (relative, summed over steps) since they ran; what they added then is added again. 0, the default, runs every
     * step; larger is faster and less exact.
     */
    public Request withStepCache(float threshold) {
        if (!(threshold >= 0 && threshold <= 100)) {
            throw new RequestException("request: stepCache must be within 0..100, got " + threshold);
        }
        return with(s -> s.stepCache = threshold);
    }

    /**
     * Lets an object of the caller's stand in for blocks of the base model's transformer, all of them or single ones, at steps where it
     * can; {@link #withStepCache} is one such object.
     */
    public Request withShortcut(Transformer.Shortcut.Factory shortcut) {
        require("shortcut", shortcut);
        return with(s -> s.shortcut = shortcut);
    }

    /**
     * Shows intermediate tensors of the generation, such as {@code block3} or {@code block3.router_weights}, to {@code taps} while they
     * exist: those of the first rank, on the thread that computes them. A tensor is valid during the call only.
     */
    public Request withTaps(TapListener taps) {
        require("taps", taps);
        return with(s -> s.taps = taps);
    }

    /** Encodes and decodes in overlapping tiles, which takes less memory; for models with Wan's autoencoder or DC-AE-V. */
    public Request withVaeTiling(VaeTiling tiling) {
        require("vaeTiling", tiling);
        return with(s -> s.vaeTiling = tiling);
    }

    /** Chooses the shift of the noise schedule, above 0 and at most 1000; a larger one spends more steps at high noise. */
    public Request withShift(float shift) {
        if (!(shift > 0 && shift <= 1000)) {
            throw new RequestException("request: shift must be above 0 and at most 1000, got " + shift);
        }
        return with(s -> s.shift = shift);
    }

    /** Chooses the solver: one of the library's, one found by {@link Sampler#named}, or an object of the caller's. */
    public Request withSampler(Sampler sampler) {
        require("sampler", sampler);
        return with(s -> s.sampler = sampler);
    }

    /**
     * Gives the noise levels of the base model's steps one by one, as few-step models are trained with them; shifted where {@link #withShift} says a
     * shift, and as they are otherwise. The number of steps is the table's.
     */
    public Request withStepTable(StepTable table) {
        require("stepTable", table);
        return with(s -> s.stepTable = table);
    }

    /** Samples as a published few-step model is: its table, shift and solver, without guidance. */
    public Request withFewSteps(FewSteps model) {
        require("fewSteps", model);
        return withStepTable(model.table())
                .withShift(model.shift())
                .withSampler(model.sampler())
                .withGuidance(1);
    }

    /** Gives the picture the video ends with, for models that take one. */
    public Request withLastImage(Image last) {
        require("lastImage", last);
        return with(s -> s.lastImage = last);
    }

    /** Chooses the number of frames; which are legal is the model's to say, most take 1 + 4 k. */
    public Request withFrames(int frames) {
        requirePositive("frames", frames);
        return with(s -> s.frames = frames);
    }

    /** Chooses the size in pixels; which are legal is the model's to say, FSVideo takes multiples of 128. */
    public Request withSize(int height, int width) {
        requirePositive("height", height);
        requirePositive("width", width);
        return with(s -> {
            s.height = height;
            s.width = width;
        });
    }

    /** Lets the job be stopped, with a {@link CancelledException}, when this time has passed since it was submitted; above 0. */
    public Request withTimeout(Duration timeout) {
        require("timeout", timeout);
        if (timeout.isNegative() || timeout.isZero()) {
            throw new RequestException("request: timeout must be above 0, got " + timeout);
        }
        return with(s -> s.timeout = timeout);
    }

    /**
     * Asks for a {@link Preview} after every so many steps of the base model and the refiner, 1 to 1000, and after the last of each;
     * {@link Progress#preview} brings them. The video stays the same to the bit. A step that is shown costs the job a copy of the latents;
     * the pictures are made where {@link Preview#video} is called. For models that carry a map from latents to colours, see
     * {@link ModelInfo#hasPreviews}; others refuse.
     */
    public Request withPreviews(int everySteps) {
        requireSteps("previews", everySteps);
        return with(s -> s.previewSteps = everySteps);
    }

    /** Returns the picture the video starts with, or null. */
    public Image image() {
        return image;
    }

    /** Returns the picture the video ends with, or null. */
    public Image lastImage() {
        return settings.lastImage;
    }

    /** Returns what the video should show. */
    public String prompt() {
        return settings.prompt;
    }

    /** Returns what the video should not show, or null for the model's default. */
    public String negativePrompt() {
        return settings.negativePrompt;
    }

    /** Returns the seed. */
    public long seed() {
        return settings.seed;
    }

    /** Returns the steps of the base model, or null for the model's default. */
    public Integer steps() {
        return settings.steps;
    }

    /** Returns the steps of the refiner, or null for the model's default. */
    public Integer refinerSteps() {
        return settings.refinerSteps;
    }

    /** Returns the scale of guidance, or null for the model's default. */
    public Float guidance() {
        return settings.guidance;
    }

    /** Returns the noise levels that are guided. */
    public GuidanceInterval guidanceInterval() {
        return settings.guidanceInterval;
    }

    /** Returns the shift of the noise schedule, or null for the model's default. */
    public Float shift() {
        return settings.shift;
    }

    /** Returns the solver, or null for the model's default. */
    public Sampler sampler() {
        return settings.sampler;
    }

    /** Returns the noise levels given one by one, or null where a schedule makes them. */
    public StepTable stepTable() {
        return settings.stepTable;
    }

    /** Returns the number of frames, or null for the model's default. */
    public Integer frames() {
        return settings.frames;
    }

    /** Returns the rows of the video, or null for a size after the image. */
    public Integer height() {
        return settings.height;
    }

    /** Returns the columns of the video, or null for a size after the image. */
    public Integer width() {
        return settings.width;
    }

    /** Returns the threshold of the step cache, 0 for none. */
    public float stepCache() {
        return settings.stepCache;
    }

    /** Returns the tiles of the autoencoder, or null for none. */
    public VaeTiling vaeTiling() {
        return settings.vaeTiling;
    }

    /** Returns what stands in for blocks. */
    public Transformer.Shortcut.Factory shortcut() {
        return settings.shortcut;
    }

    /** Returns who sees intermediate tensors. */
    public TapListener taps() {
        return settings.taps;
    }

    /** Returns the time after which the job is stopped, or null for never. */
    public Duration timeout() {
        return settings.timeout;
    }

    /** Returns after how many steps there is a preview, or null for none. */
    public Integer previewSteps() {
        return settings.previewSteps;
    }

    /** Returns the prompt as a text encoder has read it, or null for words. */
    public Embeddings embeddings() {
        return settings.embeddings;
    }

    /** Returns what is to be decoded only, or null. */
    public Latents latents() {
        return settings.latents;
    }

    /** Returns who is handed what the text encoder made, or null for nobody. */
    public Consumer<Embeddings> embeddingsTo() {
        return settings.embeddingsTo;
    }

    /** Returns who is handed the latents, or null for nobody. */
    public Consumer<Latents> latentsTo() {
        return settings.latentsTo;
    }

    private List<Object> values() {
        Settings s = settings;
        return Arrays.asList(
                image,
                s.prompt,
                s.negativePrompt,
                s.seed,
                s.steps,
                s.refinerSteps,
                s.guidance,
                s.shift,
                s.sampler,
                s.stepTable,
                s.frames,
                s.height,
                s.width,
                s.lastImage,
                s.guidanceInterval,
                s.stepCache,
                s.vaeTiling,
                s.shortcut,
                s.taps,
                s.timeout,
                s.previewSteps,
                s.embeddings,
                s.latents,
                s.embeddingsTo,
                s.latentsTo);
    }

    /** Tells whether the other asks for the same; pictures, samplers and listeners as they define it, most by identity. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Request that && values().equals(that.values());
    }

    @Override
    public int hashCode() {
        return values().hashCode();
    }

    /** Returns what was set, for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("request \"")
                .append(settings.prompt)
                .append("\" seed ")
                .append(settings.seed);
        if (image != null) {
            text.append(", image ").append(image.width()).append("x").append(image.height());
        }
        if (settings.height != null) {
            text.append(", size ").append(settings.width).append("x").append(settings.height);
        }
        append(text, "frames", settings.frames);
        append(text, "steps", settings.steps);
        append(text, "guidance", settings.guidance);
        append(text, "timeout", settings.timeout);
        return text.toString();
    }

    private static void append(StringBuilder text, String name, Object value) {
        if (value != null) {
            text.append(", ").append(name).append(" ").append(value);
        }
    }

    private static <T> T require(String name, T value) {
        return RequestException.given("request", name, value);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new RequestException("request: " + name + " must be at least 1, got " + value);
        }
    }

    private static void requireSteps(String name, int steps) {
        if (steps < 1 || steps > 1000) {
            throw new RequestException("request: " + name + " must be within 1..1000, got " + steps);
        }
    }
}
