package io.fsvideo.demo.evaluate;

import io.fsvideo.FsVideo;
import io.fsvideo.OpenOptions;
import io.fsvideo.Request;
import io.fsvideo.demo.motion.Frames;
import io.fsvideo.demo.motion.Motion;
import io.fsvideo.demo.pictures.HeldOut;
import io.fsvideo.demo.pictures.TrueClip;
import io.fsvideo.family.ModelDirectory;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.family.fsvideo.PipelineConfig;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a model on held-out pictures and measures what comes out. */
public final class Evaluation {
    /** The share of the time limit that the autoencoder alone may take. */
    private static final double RECONSTRUCTION_SHARE = 0.25;

    private final long began = System.nanoTime();
    private final Path model;
    private final OpenOptions options;
    private final EvaluationPlan plan;
    private final FsVideoConfig config;
    private final PipelineConfig pipeline;
    private final List<HeldOut.Picture> pictures;

    private final List<ReconstructionRow> reconstructions = new ArrayList<>();
    private final List<ClipRow> truths = new ArrayList<>();
    private final List<ClipRow> clips = new ArrayList<>();
    private final List<ClipRow> otherGuidance = new ArrayList<>();
    private final List<SeedRow> seeds = new ArrayList<>();
    private int done;

    /** Told when a part begins and after every clip. */
    public interface Listener {
        /** @param part what is under way */
        void onClip(String part, int done, int clips);
    }

    /** @param options where to run the model */
    public Evaluation(Path model, OpenOptions options, EvaluationPlan plan) {
        this.model = model;
        this.options = options;
        this.plan = plan;
        ModelConfig found = ModelDirectory.open(model).config();
        this.config = FsVideoConfig.of(found)
                .orElseThrow(() ->
                        new EvaluationException("evaluate: model must be of class FsVideo, got " + found.className()));
        this.pipeline = config.pipeline();
        this.pictures = HeldOut.pictures(
                plan.photographs(),
                plan.pictures(),
                plan.seed(),
                TrueClip.pictureSide(pipeline.height(), pipeline.width()));
    }

    /** @throws io.fsvideo.tensor.FsVideoException when the model cannot be opened or does not run */
    public EvaluationReport run(Listener listener) {
        reconstruct(listener);
        try (FsVideo fsVideo = FsVideo.open(model, options)) {
            listener.onClip("generate", 0, plan.clips());
            int begun = 0;
            while (begun < pictures.size() && (begun == 0 || !isOver(1))) {
                int i = begun++;
                for (Motion prompt : plan.prompts()) {
                    clips(fsVideo, pictures.get(i), prompt, i < plan.compared(), listener);
                }
            }
            return new EvaluationReport(
                    fsVideo.description(),
                    pipeline.guidance(),
                    plan.ofFirst(begun),
                    reconstructions,
                    truths,
                    clips,
                    otherGuidance,
                    seeds);
        }
    }

    private boolean isOver(double share) {
        return System.nanoTime() - began > share * plan.limit().toNanos();
    }

    private void reconstruct(Listener listener) {
        try (Backend backend = Backend.open(options.backend(), options.backendOptions());
                Reconstruction autoencoder = new Reconstruction(model, config, backend)) {
            listener.onClip("encode", 0, pictures.size());
            for (int i = 0; i < pictures.size() && (i == 0 || !isOver(RECONSTRUCTION_SHARE)); i++) {
                Motion motion = plan.prompts().get(i % plan.prompts().size());
                Video truth = truth(pictures.get(i), motion);
                reconstructions.add(ReconstructionRow.of(pictures.get(i).name(), motion, truth, autoencoder.of(truth)));
                listener.onClip("encode", i + 1, pictures.size());
            }
        }
    }

    private void clips(FsVideo fsVideo, HeldOut.Picture picture, Motion prompt, boolean compared, Listener listener) {
        Video truth = truth(picture, prompt);
        Clips made = new Clips(fsVideo, picture.name(), prompt, truth, listener);
        truths.add(ClipRow.of(picture.name(), prompt, 0, plan.seed(), truth, truth, token()));
        Video video = made.generate(pipeline.guidance(), plan.seed());
        ClipRow row = made.row(pipeline.guidance(), plan.seed(), video);
        clips.add(row);
        if (compared) {
            Video other = made.generate(pipeline.guidance(), plan.seed() + 1);
            boolean otherRight =
                    made.row(pipeline.guidance(), plan.seed() + 1, other).right();
            seeds.add(
                    new SeedRow(picture.name(), prompt, ClipNumbers.difference(video, other), row.right(), otherRight));
            for (float guidance : plan.guidances()) {
                otherGuidance.add(made.row(guidance, plan.seed(), made.generate(guidance, plan.seed())));
            }
        }
    }

    private int token() {
        return config.autoencoder().spatialFactor();
    }

    private Video truth(HeldOut.Picture picture, Motion motion) {
        return new TrueClip(motion, TrueClip.USUAL_SPEED)
                .render(
                        picture.image(),
                        pipeline.frames(),
                        pipeline.height(),
                        pipeline.width(),
                        pipeline.framesPerSecond());
    }

    /** Generations from one true clip's first frame. */
    private final class Clips {
        private final FsVideo fsVideo;
        private final String picture;
        private final Motion prompt;
        private final Video truth;
        private final Listener listener;
        private final Image input;

        Clips(FsVideo fsVideo, String picture, Motion prompt, Video truth, Listener listener) {
            this.fsVideo = fsVideo;
            this.picture = picture;
            this.prompt = prompt;
            this.truth = truth;
            this.listener = listener;
            this.input = Frames.image(truth, 0);
        }

        Video generate(float guidance, long seed) {
            Request request = Request.of(input)
                    .withPrompt(prompt.prompt())
                    .withSize(pipeline.height(), pipeline.width())
                    .withGuidance(guidance)
                    .withSeed(seed);
            Video video = fsVideo.generate(request).video();
            listener.onClip("generate", ++done, plan.clips());
            return video;
        }

        ClipRow row(float guidance, long seed, Video video) {
            return ClipRow.of(picture, prompt, guidance, seed, truth, video, token());
        }
    }
}
