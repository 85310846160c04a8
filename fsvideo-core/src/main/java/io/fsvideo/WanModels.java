package io.fsvideo;

import io.fsvideo.media.Video;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.Dit;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.VideoAutoencoder;
import io.fsvideo.model.WanVae;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import java.util.Map;

/** All parts of a Wan or DC-VideoGen model, loaded; {@code imageEncoder} is null for text to video. */
record WanModels(
        WanConfig config,
        TextEncoder textEncoder,
        ImageEncoder imageEncoder,
        VideoAutoencoder autoencoder,
        Dit transformer,
        DType dtype,
        Map<String, Long> bytes)
        implements Pipeline {

    static WanModels load(PartLoader loader, WanConfig config) {
        return new WanModels(
                config,
                loader.load(Part.TEXT_ENCODER, w -> new TextEncoder(w, config.textEncoder())),
                config.imageEncoder() == null
                        ? null
                        : loader.load(Part.IMAGE_ENCODER, w -> new ImageEncoder(w, config.imageEncoder())),
                autoencoder(loader, config),
                loader.load(Part.TRANSFORMER, w -> new Dit(w, config.transformer())),
                loader.dtype(),
                loader.bytes());
    }

    /** Wan's stays in F32 whatever the model's dtype, as upstream. */
    private static VideoAutoencoder autoencoder(PartLoader loader, WanConfig config) {
        return config.wanVae() == null
                ? loader.load(Part.AUTOENCODER, w -> new DcAeV(w, config.dcAeV()))
                : loader.load(Part.AUTOENCODER, DType.F32, w -> new WanVae(w, config.wanVae()));
    }

    @Override
    public Video run(Arena a, Job job, Prompts prompts, Tracker tracker) {
        return new WanGeneration(this, job, prompts, tracker).run(a);
    }

    @Override
    public long layerMemoryBytes(Stage stage, Job job) {
        Geometry g = job.geometry();
        long positions = (long) g.latentFrames() * g.latentHeight() * g.latentWidth();
        return stage == Stage.BASE
                ? transformer.historyBytes(
                        job.isGuided() ? 2 : 1, positions / transformer.config().patchVolume())
                : 0;
    }
}
