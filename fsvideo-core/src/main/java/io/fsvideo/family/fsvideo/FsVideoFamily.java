package io.fsvideo.family.fsvideo;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelSource;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DcAe;
import io.fsvideo.model.DcAeConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentRgb;
import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import io.fsvideo.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * FSVideo: a base transformer at half the size, a latent upsampler and a refiner, on the FSAE autoencoder.
 *
 * @since 0.1
 */
public final class FsVideoFamily implements ModelFamily {
    @Override
    public List<ModelConfig> models() {
        return List.of(FsVideoConfig.tiny(), FsVideoConfig.fsvideo14B());
    }

    /** {@inheritDoc} DC-AE, the image autoencoder that the FSAE grew out of, is among them. */
    @Override
    public Map<String, Supplier<ModelPart>> parts() {
        return Map.of(
                "fsae-standard", () -> part(AutoencoderConfig.fsaeStandard()),
                "fsae-lite", () -> part(AutoencoderConfig.fsaeLite()),
                "fsae-tiny", () -> part(AutoencoderConfig.tiny()),
                "dc-ae-f32c32-sana-1.0", () -> part(DcAeConfig.f32c32Sana()),
                "dc-ae-f32c32-1.0", () -> part(DcAeConfig.f32c32()),
                "dc-ae-f64c128-1.0", () -> part(DcAeConfig.f64c128()),
                "dc-ae-f128c512-1.0", () -> part(DcAeConfig.f128c512()),
                "latent-upsampler", () -> part(LatentUpsamplerConfig.fsvideo()),
                "fsvideo-dit-14b", () -> ModelPart.of(DitConfig.fsvideo14B()));
    }

    static ModelPart part(AutoencoderConfig config) {
        return ModelPart.of(config.toJson(), w -> new Autoencoder(w, config), DType.F32);
    }

    private static ModelPart part(DcAeConfig config) {
        return ModelPart.of(config.toJson(), w -> new DcAe(w, config), DType.F32);
    }

    static ModelPart part(LatentUpsamplerConfig config) {
        return ModelPart.of(config.toJson(), w -> new LatentUpsampler(w, config), DType.F32);
    }

    @Override
    public Set<String> classNames() {
        return Set.of(FsVideoConfig.CLASS);
    }

    @Override
    public Map<Part, String> folders(String className) {
        Map<Part, String> folders = new LinkedHashMap<>();
        FsVideoConfig.tiny().parts().forEach(part -> folders.put(new Part(part.folder()), part.folder()));
        return folders;
    }

    @Override
    public ModelConfig read(ModelSource source) {
        return new FsVideoConfig(
                source.defaults(PipelineConfig.class),
                TextEncoderConfig.fromJson(source.part(Part.TEXT_ENCODER)),
                ImageEncoderConfig.fromJson(source.part(Part.IMAGE_ENCODER)),
                AutoencoderConfig.fromJson(source.part(Part.AUTOENCODER)),
                DitConfig.fromJson(source.part(Part.TRANSFORMER)),
                LatentUpsamplerConfig.fromJson(source.part(Part.LATENT_UPSAMPLER)),
                DitConfig.fromJson(source.part(Part.REFINER)),
                latentRgb(source.directory().resolve(FsVideoConfig.PREVIEW)));
    }

    private static LatentRgb latentRgb(Path file) {
        return Files.exists(file) ? LatentRgb.read(file) : null;
    }

    @Override
    public String advice(String className, Path directory) {
        return "make one with: fsvideo weights init --config tiny --out " + directory;
    }
}
