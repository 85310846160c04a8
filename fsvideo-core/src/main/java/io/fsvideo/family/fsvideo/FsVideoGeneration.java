package io.fsvideo.family.fsvideo;

import io.fsvideo.Stage;
import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DecoderStream;
import io.fsvideo.model.Encoded;
import io.fsvideo.model.Features;
import io.fsvideo.pipeline.Denoiser;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * One request run through the models: encode, denoise, upsample, refine, decode. FSVideo report, sections 2.1 to 2.4. Tensors are
 * {@code [1, frames, height, width, channels]}; latents are multiplied by the autoencoder's scaling factor.
 */
final class FsVideoGeneration {
    /** Noise streams of one seed. */
    private static final int BASE_NOISE = 0;

    private static final int REFINER_NOISE = 1;

    private final FsVideoPipeline models;
    private final ResolvedRequest job;
    private final Prompts prompts;
    private final Tracker tracker;

    FsVideoGeneration(FsVideoPipeline models, ResolvedRequest job, Prompts prompts, Tracker tracker) {
        this.models = models;
        this.job = job;
        this.prompts = prompts;
        this.tracker = tracker;
    }

    /**
     * What the image says.
     *
     * @param clip {@code [1, imageTokens, clipDim]}
     * @param low latent at half the height and width
     * @param high latent at full size
     * @param features of the encoder at full size, for the decoder
     */
    private record ImageView(Tensor clip, Tensor low, Tensor high, Features features) {}

    Video run(Arena a) {
        if (job.decodesOnly()) {
            return decode(a, job.latents(a), encodeForDecoder(a));
        }
        List<Tensor> texts = encodeTexts(a);
        ImageView image = encodeImage(a);
        Tensor refined;
        try (Arena t = a.child("latents")) {
            Tensor latent = denoise(t, texts, image);
            Tensor condition = upsample(t, image, latent);
            refined = t.keep(refine(t, texts.subList(0, 1), image, condition));
        }
        tracker.keep().latents(refined);
        return decode(a, refined, image.features());
    }

    private List<Tensor> encodeTexts(Arena a) {
        tracker.begin(Stage.TEXT, 1);
        List<Tensor> given = job.texts(a, models.parts().dtype());
        if (given != null) {
            given.forEach(models.sharing()::same);
            tracker.keep().texts(given);
            tracker.step();
            return given;
        }
        try (PartStore.Use use = models.parts().use(Part.TEXT_ENCODER)) {
            List<Tensor> encoded = prompts.encode(a, models.textEncoder(), job);
            encoded.forEach(models.sharing()::same);
            tracker.keep().texts(encoded);
            tracker.step();
            return encoded;
        }
    }

    private ImageView encodeImage(Arena a) {
        tracker.begin(Stage.IMAGE, 3);
        Geometry g = job.geometry();
        Sharing sharing = models.sharing();
        Tensor clip = sharing.same(clip(a));
        tracker.step();
        try (PartStore.Use use = models.parts().use(Part.AUTOENCODER)) {
            Tensor low = sharing.same(encode(a, g.height() / 2, g.width() / 2).latent());
            tracker.step();
            Encoded high = sharing.same(encode(a, g.height(), g.width()));
            tracker.step();
            return new ImageView(clip, low, high.latent(), high.features());
        }
    }

    /** The features of the picture at full size. */
    private Features encodeForDecoder(Arena a) {
        tracker.begin(Stage.IMAGE, 1);
        Geometry g = job.geometry();
        try (PartStore.Use use = models.parts().use(Part.AUTOENCODER)) {
            Features features =
                    models.sharing().same(encode(a, g.height(), g.width())).features();
            tracker.step();
            return features;
        }
    }

    /** CLIP sees the original picture, whatever its size. */
    private Tensor clip(Arena a) {
        try (Arena t = a.child("clip");
                PartStore.Use use = models.parts().use(Part.IMAGE_ENCODER)) {
            Image image = job.image();
            Tensor picture = t.of("image", image.toFloats(), 1, image.height(), image.width(), 3);
            return t.keep(models.imageEncoder().forward(t, picture));
        }
    }

    private Encoded encode(Arena a, int height, int width) {
        try (Arena t = a.child("encode")) {
            Encoded encoded =
                    models.autoencoder().encode(t, pixels(t, job.image().resizeToCover(height, width)));
            encoded.features().byStage().values().forEach(t::keep);
            float scale = models.autoencoder().config().scalingFactor();
            return new Encoded(t.keep(scaled(t, scale, encoded.latent())), encoded.features());
        }
    }

    private static Tensor scaled(Arena t, float scale, Tensor x) {
        return scale == 1 ? x : t.weightedSum(new float[] {scale}, List.of(x));
    }

    /** {@code [1, 1, height, width, 3]} in [-1, 1]. */
    private Tensor pixels(Arena a, Image image) {
        return a.of("image", models.parts().dtype(), image.toFloats(), 1, 1, image.height(), image.width(), 3);
    }

    /** Base model: low-resolution latents of all frames. Its condition is the first latent, marked by a mask of ones. */
    private Tensor denoise(Arena a, List<Tensor> texts, ImageView image) {
        tracker.begin(Stage.BASE, job.steps());
        try (Arena t = a.child("base");
                PartStore.Use use = models.parts().use(Part.TRANSFORMER)) {
            Tensor condition =
                    DynamicMask.firstFrameOnly(t, image.low(), job.geometry().latentFrames());
            Denoiser.Conditions conditions = new Denoiser.Conditions(texts, image.clip(), condition);
            return t.keep(new Denoiser(
                            models.transformer(), job, tracker, models.sharing().branches(Part.TRANSFORMER))
                    .run(t, conditions, job.baseSteps(), BASE_NOISE));
        }
    }

    /** The refiner's condition: the encoder's first latent, then the upsampler's draft with its confidence. */
    private Tensor upsample(Arena a, ImageView image, Tensor latent) {
        tracker.begin(Stage.UPSAMPLE, 2);
        try (Arena t = a.child("upsample");
                PartStore.Use use = models.parts().use(Part.LATENT_UPSAMPLER)) {
            Tensor draft = models.latentUpsampler().forward(t, latent);
            tracker.step();
            Tensor first = models.latentUpsampler().forward(t, image.low());
            PipelineConfig config = models.config().pipeline();
            DynamicMask mask = new DynamicMask(config.maskLow(), config.maskHigh(), config.maskErrorMax());
            Tensor confidence = mask.confidence(t, image.high(), first);
            Tensor condition = mask.withDraft(t, image.high(), draft, confidence);
            tracker.step();
            return t.keep(models.sharing().same(condition));
        }
    }

    /** Refiner: full-resolution latents, in few steps and without guidance. */
    private Tensor refine(Arena a, List<Tensor> text, ImageView image, Tensor condition) {
        tracker.begin(Stage.REFINE, job.refinerSteps());
        NoiseSchedule schedule = job.sampler()
                .schedule(job.refinerSteps(), models.config().pipeline().refinerShift());
        Denoiser.Conditions conditions = new Denoiser.Conditions(text, image.clip(), condition);
        try (PartStore.Use use = models.parts().use(Part.REFINER)) {
            return new Denoiser(models.refiner(), job, tracker, Comm.single())
                    .run(a, conditions, Denoiser.Steps.plain(schedule), REFINER_NOISE);
        }
    }

    /** Latents to frames, a few latents at a time so that no map of the whole clip is ever held; the first rank's, null elsewhere. */
    private Video decode(Arena a, Tensor latent, Features features) {
        Comm ranks = models.sharing().ranks();
        boolean shared = ranks.size() <= job.geometry().latentFrames()
                && models.autoencoder().config().decoderTime() == AutoencoderConfig.DecoderTime.GROUP;
        if (!shared && ranks.rank() > 0) {
            return null;
        }
        Geometry g = job.geometry();
        FrameCollector frames = new FrameCollector(
                g.height(), g.width(), models.config().pipeline().framesPerSecond());
        decode(a, latent, features, shared ? ranks : Comm.single(), frames);
        return models.sharing().isFirst() ? frames.video() : null;
    }

    /** One latent for each of the ranks that share the decoder at a time; the last time takes the remainder too. */
    private void decode(Arena a, Tensor latent, Features features, Comm ranks, FrameCollector frames) {
        int count = job.geometry().latentFrames();
        int rounds = count / ranks.size();
        tracker.begin(Stage.DECODE, rounds);
        try (PartStore.Use use = models.parts().use(Part.AUTOENCODER);
                DecoderStream decoder = models.autoencoder().decoderStream(a, features, ranks)) {
            for (int round = 0; round < rounds; round++) {
                int from = round * ranks.size();
                int to = round == rounds - 1 ? count : from + ranks.size();
                try (Arena t = a.child("decode")) {
                    collect(frames, decoder.decode(t, unscaled(t, t.slice(latent, 1, from, to))));
                    if (to == count) {
                        collect(frames, decoder.finish(t));
                    }
                }
                tracker.streamBytes(decoder.bytesInUse());
                tracker.step();
            }
        }
    }

    private Tensor unscaled(Arena t, Tensor x) {
        return scaled(t, 1 / models.autoencoder().config().scalingFactor(), x);
    }

    private void collect(FrameCollector frames, Tensor part) {
        if (models.sharing().isFirst()) {
            frames.append(part.toFloats());
        }
    }
}
