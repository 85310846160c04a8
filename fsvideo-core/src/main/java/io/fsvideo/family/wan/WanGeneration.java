package io.fsvideo.family.wan;

import io.fsvideo.Stage;
import io.fsvideo.VaeTiling;
import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.ClipStream;
import io.fsvideo.model.VideoAutoencoder;
import io.fsvideo.pipeline.Denoiser;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.SizeRule;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One request run through a Wan or DC-VideoGen model: encode, denoise, decode. Wan-Video/Wan2.1 9737cba wan/text2video.py,
 * image2video.py and first_last_frame2video.py; dc-ai-projects/DC-Gen cae2205 dc_videogen. Tensors are
 * {@code [1, frames, height, width, channels]}.
 */
final class WanGeneration {
    private static final int NOISE = 0;

    private final WanPipeline models;
    private final ResolvedRequest job;
    private final Prompts prompts;
    private final Tracker tracker;

    WanGeneration(WanPipeline models, ResolvedRequest job, Prompts prompts, Tracker tracker) {
        this.models = models;
        this.job = job;
        this.prompts = prompts;
        this.tracker = tracker;
    }

    Video run(Arena a) {
        try (Arena t = a.child("latents")) {
            Sharing sharing = models.sharing();
            if (job.decodesOnly()) {
                return sharing.isFirst() ? decode(t, job.latents(t)) : null;
            }
            boolean takesImage = models.config().imageEncoder() != null;
            List<Tensor> texts = encodeTexts(t);
            texts.forEach(sharing::same);
            tracker.keep().texts(texts);
            Tensor clip = takesImage ? sharing.same(encodeForMeaning(t)) : null;
            Tensor known = takesImage ? sharing.same(encodeForLooks(t)) : nothing(t);
            Tensor latent = denoise(t, new Denoiser.Conditions(texts, clip, known));
            tracker.keep().latents(latent);
            return sharing.isFirst() ? decode(t, latent) : null;
        }
    }

    private List<Tensor> encodeTexts(Arena a) {
        tracker.begin(Stage.TEXT, 1);
        List<Tensor> given = job.texts(a, models.parts().dtype());
        if (given != null) {
            tracker.step();
            return given;
        }
        try (PartStore.Use use = models.parts().use(Part.TEXT_ENCODER)) {
            List<Tensor> encoded = prompts.encode(a, models.textEncoder(), job);
            tracker.step();
            return encoded;
        }
    }

    /** Rows of the first image, then of the last one: {@code [1, rows, clipDim]}. */
    private Tensor encodeForMeaning(Arena a) {
        Geometry g = job.geometry();
        int chunks = (g.frames() + models.autoencoder().encodeStep() - 1)
                / models.autoencoder().encodeStep();
        int tiles = job.vaeTiling() == null
                ? 1
                : encoderTiles().windows(g.height(), g.width()).size();
        tracker.begin(Stage.IMAGE, 1 + tiles * chunks);
        try (Arena t = a.child("clip");
                PartStore.Use use = models.parts().use(Part.IMAGE_ENCODER)) {
            List<Tensor> rows = new ArrayList<>();
            rows.add(rows(t, job.image()));
            if (job.lastImage() != null) {
                rows.add(rows(t, job.lastImage()));
            }
            Tensor all = t.keep(t.concat(1, rows));
            tracker.step();
            return all;
        }
    }

    /** Wan squeezes the whole picture into the encoder's square; DC-VideoGen cuts out the middle. */
    private Tensor rows(Arena a, Image image) {
        int side = models.imageEncoder().config().imageSize();
        Image seen = models.config().dcAeV() == null ? image : image.resizeToCover(side, side);
        try (Arena t = a.child("rows")) {
            Tensor picture = t.of("image", seen.toFloats(), 1, seen.height(), seen.width(), 3);
            return t.keep(models.imageEncoder().forward(t, picture));
        }
    }

    /** The mask of known frames and the latents of a clip that is grey elsewhere: {@code [1, frames, height, width, 4 + channels]}. */
    private Tensor encodeForLooks(Arena a) {
        try (Arena t = a.child("condition");
                PartStore.Use use = models.parts().use(Part.AUTOENCODER)) {
            Tensor first = pixels(t, job.image());
            Tensor last = job.lastImage() == null ? null : pixels(t, job.lastImage());
            Tensor encoded = job.vaeTiling() == null ? encodeWhole(t, first, last) : encodeTiles(t, first, last);
            Tensor latent = t.cast(encoded, models.parts().dtype());
            float scale = models.autoencoder().scalingFactor();
            Tensor scaled = t.weightedSum(new float[] {scale}, List.of(latent));
            return t.keep(t.concat(-1, List.of(mask(t), scaled)));
        }
    }

    private Tensor encodeWhole(Arena a, Tensor first, Tensor last) {
        Geometry g = job.geometry();
        return encode(a, List.of(new Tiles.Window(0, g.height(), 0, g.width())), first, last)
                .get(0);
    }

    private Tensor encodeTiles(Arena a, Tensor first, Tensor last) {
        Geometry g = job.geometry();
        try (Arena t = a.child("tiles")) {
            List<Tensor> tiles = encode(t, encoderTiles().windows(g.height(), g.width()), first, last);
            float[] latent = new float
                    [g.latentFrames()
                            * g.latentHeight()
                            * g.latentWidth()
                            * models.autoencoder().latentChannels()];
            for (int frame = 0; frame < g.latentFrames(); frame++) {
                float[] one = encoderTiles().frame(t, tiles, frame, g.latentHeight(), g.latentWidth());
                System.arraycopy(one, 0, latent, frame * one.length, one.length);
            }
            return a.of(
                    "latent",
                    latent,
                    1,
                    g.latentFrames(),
                    g.latentHeight(),
                    g.latentWidth(),
                    tiles.get(0).dim(4));
        }
    }

    private List<Tensor> encode(Arena a, List<Tiles.Window> windows, Tensor first, Tensor last) {
        VideoAutoencoder autoencoder = models.autoencoder();
        return Tiles.run(
                a,
                windows,
                autoencoder::encoderStream,
                job.geometry().frames(),
                autoencoder.encodeStep(),
                (s, window, from, to) ->
                        knownFrames(s, window.of(s, first), last == null ? null : window.of(s, last), from, to),
                stream -> tracker.step());
    }

    private Tiles encoderTiles() {
        int factor = models.config().sizes().spatialFactor();
        VaeTiling t = job.vaeTiling();
        return new Tiles(t.size(), t.stride(), t.size() / factor, t.stride() / factor);
    }

    /** {@code [1, 1, height, width, 3]} in [-1, 1]; cut where upstream squeezes, with an antialiased filter where upstream has none. */
    private Tensor pixels(Arena a, Image image) {
        Geometry g = job.geometry();
        Image fitted = image.resizeToCover(g.height(), g.width());
        return a.of("image", fitted.toFloats(), 1, 1, g.height(), g.width(), 3);
    }

    /** Frames {@code from .. to} of the clip that is encoded: the pictures where they belong, grey elsewhere. */
    private Tensor knownFrames(Arena a, Tensor first, Tensor last, int from, int to) {
        int frames = job.geometry().frames();
        List<Tensor> clip = new ArrayList<>();
        for (int frame = from; frame < to; frame++) {
            if (frame < leadingFrames()) {
                clip.add(first);
            } else if (last != null && frame == frames - 1) {
                clip.add(last);
            } else {
                clip.add(a.fill(DType.F32, 0, first.shape().toArray()));
            }
        }
        return a.concat(1, clip);
    }

    /** Frames that show the first picture: those of the first latent frame. */
    private int leadingFrames() {
        SizeRule rule = models.config().sizes();
        return rule.firstFrames() == 0 ? rule.frameStep() : rule.firstFrames();
    }

    /**
     * 1 for known frames. Channel c of a latent frame is the c-th of its frames; Wan's first latent frame has one, which counts four
     * times, so a last picture is in the last channel only.
     */
    private Tensor mask(Arena a) {
        Geometry g = job.geometry();
        int channels = WanConfig.MASK_CHANNELS;
        int area = g.latentHeight() * g.latentWidth();
        float[] mask = new float[g.latentFrames() * area * channels];
        Arrays.fill(mask, 0, area * channels, 1);
        if (job.lastImage() != null) {
            for (int i = mask.length - area * channels; i < mask.length; i += channels) {
                mask[i + channels - 1] = 1;
            }
        }
        return a.of(
                "mask", models.parts().dtype(), mask, 1, g.latentFrames(), g.latentHeight(), g.latentWidth(), channels);
    }

    /** No channels beside the noise. */
    private Tensor nothing(Arena a) {
        Geometry g = job.geometry();
        return a.fill(models.parts().dtype(), 0, 1, g.latentFrames(), g.latentHeight(), g.latentWidth(), 0);
    }

    private Tensor denoise(Arena a, Denoiser.Conditions conditions) {
        tracker.begin(Stage.BASE, job.steps());
        try (PartStore.Use use = models.parts().use(Part.TRANSFORMER)) {
            return new Denoiser(
                            models.transformer(), job, tracker, models.sharing().branches(Part.TRANSFORMER))
                    .run(a, conditions, job.baseSteps(), NOISE);
        }
    }

    /** Latents to frames, a few latents at a time so that no map of the whole clip is ever held. */
    private Video decode(Arena a, Tensor latent) {
        Geometry g = job.geometry();
        FrameCollector frames = new FrameCollector(
                g.height(), g.width(), models.config().pipeline().framesPerSecond());
        try (PartStore.Use use = models.parts().use(Part.AUTOENCODER)) {
            if (job.vaeTiling() == null) {
                decodeWhole(a, latent, frames);
            } else {
                decodeTiles(a, latent, frames);
            }
        }
        return frames.video();
    }

    private void decodeWhole(Arena a, Tensor latent, FrameCollector frames) {
        int count = job.geometry().latentFrames();
        int step = models.autoencoder().decodeStep();
        tracker.begin(Stage.DECODE, (count + step - 1) / step);
        try (ClipStream decoder = models.autoencoder().decoderStream(a)) {
            for (int from = 0; from < count; from += step) {
                try (Arena t = a.child("decode")) {
                    Tensor part = t.slice(latent, 1, from, Math.min(from + step, count));
                    frames.append(decoder.next(t, unscaled(t, part)).toFloats());
                }
                decoded(decoder);
            }
        }
    }

    /** Tile after tile through the whole clip; their frames are held until they can be put together. */
    private void decodeTiles(Arena a, Tensor latent, FrameCollector frames) {
        Geometry g = job.geometry();
        VaeTiling tiling = job.vaeTiling();
        VideoAutoencoder autoencoder = models.autoencoder();
        int factor = models.config().sizes().spatialFactor();
        int step = autoencoder.decodeStep();
        Tiles tiles = new Tiles(tiling.size() / factor, tiling.stride() / factor, tiling.size(), tiling.stride());
        List<Tiles.Window> windows = tiles.windows(g.latentHeight(), g.latentWidth());
        tracker.begin(Stage.DECODE, windows.size() * ((g.latentFrames() + step - 1) / step));
        try (Arena t = a.child("tiles")) {
            Tiles.Input input = (s, window, from, to) -> unscaled(s, window.of(s, s.slice(latent, 1, from, to)));
            List<Tensor> decoded =
                    Tiles.run(t, windows, autoencoder::decoderStream, g.latentFrames(), step, input, this::decoded);
            for (int frame = 0; frame < g.frames(); frame++) {
                frames.append(tiles.frame(t, decoded, frame, g.height(), g.width()));
            }
        }
    }

    private Tensor unscaled(Arena a, Tensor latent) {
        return a.weightedSum(new float[] {1 / models.autoencoder().scalingFactor()}, List.of(latent));
    }

    private void decoded(ClipStream decoder) {
        tracker.streamBytes(decoder.bytesInUse());
        tracker.step();
    }
}
