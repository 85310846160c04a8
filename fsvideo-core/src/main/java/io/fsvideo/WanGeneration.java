package io.fsvideo;

import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.model.ClipStream;
import io.fsvideo.model.VideoAutoencoder;
import io.fsvideo.sample.Guidance;
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

    private final WanModels models;
    private final Job job;
    private final Prompts prompts;
    private final Tracker tracker;

    WanGeneration(WanModels models, Job job, Prompts prompts, Tracker tracker) {
        this.models = models;
        this.job = job;
        this.prompts = prompts;
        this.tracker = tracker;
    }

    Video run(Arena a) {
        try (Arena t = a.child("latents")) {
            List<Tensor> texts = encodeTexts(t);
            Tensor clip = models.imageEncoder() == null ? null : encodeForMeaning(t);
            Tensor known = models.imageEncoder() == null ? nothing(t) : encodeForLooks(t);
            Tensor latent = denoise(t, new Denoiser.Conditions(texts, clip, known));
            return decode(t, latent);
        }
    }

    private List<Tensor> encodeTexts(Arena a) {
        tracker.begin(Stage.TEXT, 1);
        List<Tensor> encoded = prompts.encode(a, models.textEncoder(), job);
        tracker.step();
        return encoded;
    }

    /** Rows of the first image, then of the last one: {@code [1, rows, clipDim]}. */
    private Tensor encodeForMeaning(Arena a) {
        Geometry g = job.geometry();
        int chunks = (g.frames() + models.autoencoder().encodeStep() - 1)
                / models.autoencoder().encodeStep();
        tracker.begin(Stage.IMAGE, 1 + chunks);
        try (Arena t = a.child("clip")) {
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
        VideoAutoencoder autoencoder = models.autoencoder();
        int frames = job.geometry().frames();
        try (Arena t = a.child("condition");
                ClipStream encoder = autoencoder.encoderStream(t)) {
            Tensor first = pixels(t, job.image());
            Tensor last = job.lastImage() == null ? null : pixels(t, job.lastImage());
            List<Tensor> latents = new ArrayList<>();
            for (int from = 0; from < frames; from += autoencoder.encodeStep()) {
                int to = Math.min(from + autoencoder.encodeStep(), frames);
                try (Arena s = t.child("frames")) {
                    latents.add(s.keep(encoder.next(s, knownFrames(s, first, last, from, to))));
                }
                tracker.step();
            }
            Tensor latent = t.cast(t.concat(1, latents), models.dtype());
            Tensor scaled = t.weightedSum(new float[] {autoencoder.scalingFactor()}, List.of(latent));
            return t.keep(t.concat(-1, List.of(mask(t), scaled)));
        }
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
        return a.of("mask", models.dtype(), mask, 1, g.latentFrames(), g.latentHeight(), g.latentWidth(), channels);
    }

    /** No channels beside the noise. */
    private Tensor nothing(Arena a) {
        Geometry g = job.geometry();
        return a.fill(models.dtype(), 0, 1, g.latentFrames(), g.latentHeight(), g.latentWidth(), 0);
    }

    private Tensor denoise(Arena a, Denoiser.Conditions conditions) {
        tracker.begin(Stage.BASE, job.steps());
        return new Denoiser(models.transformer(), job, tracker)
                .run(
                        a,
                        conditions,
                        job.sampler().schedule(job.steps(), job.shift()),
                        new Guidance(job.guidance()),
                        NOISE);
    }

    /** Latents to frames, a few latents at a time so that no map of the whole clip is ever held. */
    private Video decode(Arena a, Tensor latent) {
        VideoAutoencoder autoencoder = models.autoencoder();
        Geometry g = job.geometry();
        int step = autoencoder.decodeStep();
        FrameCollector frames = new FrameCollector(
                g.height(), g.width(), models.config().pipeline().framesPerSecond());
        tracker.begin(Stage.DECODE, (g.latentFrames() + step - 1) / step);
        float scale = 1 / autoencoder.scalingFactor();
        try (ClipStream decoder = autoencoder.decoderStream(a)) {
            for (int from = 0; from < g.latentFrames(); from += step) {
                try (Arena t = a.child("decode")) {
                    Tensor part = t.slice(latent, 1, from, Math.min(from + step, g.latentFrames()));
                    Tensor scaled = t.weightedSum(new float[] {scale}, List.of(part));
                    frames.append(decoder.next(t, scaled).toFloats());
                }
                tracker.streamBytes(decoder.bytesInUse());
                tracker.step();
            }
        }
        return frames.video();
    }
}
