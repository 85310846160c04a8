package io.fsvideo.family.fsvideo;

import io.fsvideo.Stage;
import io.fsvideo.media.Video;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.Dit;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;

/** All parts of FSVideo, loaded; {@code parts} owns their parameters. */
record FsVideoPipeline(
        FsVideoConfig config,
        TextEncoder textEncoder,
        ImageEncoder imageEncoder,
        Autoencoder autoencoder,
        Dit transformer,
        LatentUpsampler latentUpsampler,
        Dit refiner,
        PartStore parts,
        Sharing sharing)
        implements Pipeline {

    static FsVideoPipeline load(PartStore parts, FsVideoConfig config, Sharing sharing) {
        return new FsVideoPipeline(
                config,
                parts.load(Part.TEXT_ENCODER, w -> new TextEncoder(w, config.textEncoder())),
                parts.load(Part.IMAGE_ENCODER, w -> new ImageEncoder(w, config.imageEncoder())),
                parts.load(Part.AUTOENCODER, w -> new Autoencoder(w, config.autoencoder())),
                parts.dit(Part.TRANSFORMER, config.transformer(), sharing),
                parts.load(Part.LATENT_UPSAMPLER, w -> new LatentUpsampler(w, config.latentUpsampler())),
                parts.dit(Part.REFINER, config.refiner(), sharing),
                parts,
                sharing);
    }

    @Override
    public Video run(Arena a, ResolvedRequest job, Prompts prompts, Tracker tracker) {
        return new FsVideoGeneration(this, job, prompts, tracker).run(a);
    }

    @Override
    public long layerMemoryBytes(Stage stage, ResolvedRequest job) {
        Geometry g = job.geometry();
        long positions = g.positions();
        return switch (stage) {
            case BASE -> historyBytes(transformer, job.isGuided() ? 2 : 1, positions / 4);
            case REFINE -> historyBytes(refiner, 1, positions);
            default -> 0;
        };
    }

    private static long historyBytes(Dit dit, int batch, long positions) {
        return dit.historyBytes(batch, positions / dit.config().patchVolume());
    }
}
