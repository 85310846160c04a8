package io.fsvideo.family.wan;

import io.fsvideo.Stage;
import io.fsvideo.media.Video;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.Dit;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.VideoAutoencoder;
import io.fsvideo.model.WanVae;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;

/** All parts of a Wan or DC-VideoGen model, loaded; {@code parts} owns their parameters, {@code imageEncoder} is null for text to video. */
record WanPipeline(
        WanConfig config,
        TextEncoder textEncoder,
        ImageEncoder imageEncoder,
        VideoAutoencoder autoencoder,
        Dit transformer,
        PartStore parts,
        Sharing sharing)
        implements Pipeline {

    static WanPipeline load(PartStore parts, WanConfig config, Sharing sharing) {
        return new WanPipeline(
                config,
                parts.load(Part.TEXT_ENCODER, w -> new TextEncoder(w, config.textEncoder())),
                config.imageEncoder() == null
                        ? null
                        : parts.load(Part.IMAGE_ENCODER, w -> new ImageEncoder(w, config.imageEncoder())),
                autoencoder(parts, config),
                parts.dit(Part.TRANSFORMER, config.transformer(), sharing),
                parts,
                sharing);
    }

    /** Wan's stays in F32 whatever the model's dtype, as upstream. */
    private static VideoAutoencoder autoencoder(PartStore parts, WanConfig config) {
        return config.wanVae() == null
                ? parts.load(Part.AUTOENCODER, w -> new DcAeV(w, config.dcAeV()))
                : parts.load(Part.AUTOENCODER, DType.F32, w -> new WanVae(w, config.wanVae()));
    }

    @Override
    public Video run(Arena a, ResolvedRequest job, Prompts prompts, Tracker tracker) {
        return new WanGeneration(this, job, prompts, tracker).run(a);
    }

    @Override
    public long layerMemoryBytes(Stage stage, ResolvedRequest job) {
        Geometry g = job.geometry();
        long positions = g.positions();
        return stage == Stage.BASE
                ? transformer.historyBytes(
                        job.isGuided() ? 2 : 1, positions / transformer.config().patchVolume())
                : 0;
    }
}
