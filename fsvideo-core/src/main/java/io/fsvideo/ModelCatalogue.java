package io.fsvideo;

import io.fsvideo.model.Autoencoder;
import io.fsvideo.model.AutoencoderConfig;
import io.fsvideo.model.DcAe;
import io.fsvideo.model.DcAeConfig;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.Dit;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoder;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.LatentUpsampler;
import io.fsvideo.model.LatentUpsamplerConfig;
import io.fsvideo.model.TextEncoder;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVae;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The configurations that have a name: whole pipelines and single parts. */
final class ModelCatalogue {
    /** From this width on a transformer's parameters are stored as published checkpoints are, in BF16 (CLIP: F16). */
    private static final int FULL_WIDTH = 1024;

    private static final Map<String, Supplier<ModelConfig>> PIPELINES = byName(List.of(
            FsVideoConfig::tiny,
            FsVideoConfig::fsvideo14B,
            WanConfig::tinyTextToVideo,
            WanConfig::tinyImageToVideo,
            WanConfig::tinyFirstLastFrame,
            WanConfig::tinyDcVideoGenTextToVideo,
            WanConfig::tinyDcVideoGenImageToVideo,
            WanConfig::wan21T2v1_3B,
            WanConfig::wan21T2v14B,
            WanConfig::wan21I2v14B480p,
            WanConfig::wan21I2v14B720p,
            WanConfig::wan21Flf2v14B,
            WanConfig::dcVideoGenT2v14B,
            WanConfig::dcVideoGenI2v14B));

    private static final Map<String, Supplier<ModelPart>> PARTS = new TreeMap<>(Map.ofEntries(
            Map.entry("fsae-standard", () -> autoencoder(AutoencoderConfig.fsaeStandard())),
            Map.entry("fsae-lite", () -> autoencoder(AutoencoderConfig.fsaeLite())),
            Map.entry("fsae-tiny", () -> autoencoder(AutoencoderConfig.tiny())),
            Map.entry("dc-ae-f32c32-sana-1.0", () -> dcAe(DcAeConfig.f32c32Sana())),
            Map.entry("dc-ae-f32c32-1.0", () -> dcAe(DcAeConfig.f32c32())),
            Map.entry("dc-ae-f64c128-1.0", () -> dcAe(DcAeConfig.f64c128())),
            Map.entry("dc-ae-f128c512-1.0", () -> dcAe(DcAeConfig.f128c512())),
            Map.entry("dc-ae-v-1.0-f32t4c32", () -> dcAeV(DcAeVConfig.f32t4c32())),
            Map.entry("dc-ae-v-1.0-f64t4c128", () -> dcAeV(DcAeVConfig.f64t4c128())),
            Map.entry("wan21-vae", () -> wanVae(WanVaeConfig.wan21())),
            Map.entry("latent-upsampler", () -> upsampler(LatentUpsamplerConfig.fsvideo())),
            Map.entry("fsvideo-dit-14b", () -> dit(DitConfig.fsvideo14B())),
            Map.entry("wan21-dit-t2v-1.3b", () -> dit(DitConfig.wan21T2v1_3B())),
            Map.entry("wan21-dit-t2v-14b", () -> dit(DitConfig.wan21T2v14B())),
            Map.entry("wan21-dit-i2v-14b", () -> dit(DitConfig.wan21I2v14B())),
            Map.entry("umt5-xxl", () -> textEncoder(TextEncoderConfig.umt5Xxl())),
            Map.entry("clip-vit-h", () -> imageEncoder(ImageEncoderConfig.clipVitH()))));

    private ModelCatalogue() {}

    private static Map<String, Supplier<ModelConfig>> byName(List<Supplier<ModelConfig>> pipelines) {
        Map<String, Supplier<ModelConfig>> named = new TreeMap<>();
        pipelines.forEach(pipeline -> named.put(pipeline.get().pipeline().name(), pipeline));
        return named;
    }

    static Set<String> names() {
        Set<String> names = new TreeSet<>(PARTS.keySet());
        names.addAll(PIPELINES.keySet());
        return names;
    }

    static boolean isPipeline(String name) {
        return PIPELINES.containsKey(name);
    }

    /** @throws ModelException when there is no such pipeline */
    static ModelConfig pipeline(String name) {
        if (!isPipeline(name)) {
            throw new ModelException("model: config must be one of " + PIPELINES.keySet() + ", got " + name);
        }
        return PIPELINES.get(name).get();
    }

    /** All parts of a pipeline, each in its folder, or one part. @throws ModelException when there is no such configuration */
    static List<ModelPart> parts(String name) {
        if (isPipeline(name)) {
            return parts(pipeline(name));
        }
        if (!PARTS.containsKey(name)) {
            throw new ModelException("model: config must be one of " + names() + ", got " + name);
        }
        return List.of(PARTS.get(name).get());
    }

    /** All parts of a pipeline, each in its folder. */
    static List<ModelPart> parts(ModelConfig config) {
        return config.parts().stream()
                .map(part -> part(config, part).in(part.folder()))
                .toList();
    }

    /** One part of a pipeline, without a folder. */
    static ModelPart part(ModelConfig config, Part part) {
        return config instanceof WanConfig wan ? part(wan, part) : part((FsVideoConfig) config, part);
    }

    private static ModelPart part(FsVideoConfig config, Part part) {
        return switch (part) {
            case TEXT_ENCODER -> textEncoder(config.textEncoder());
            case IMAGE_ENCODER -> imageEncoder(config.imageEncoder());
            case AUTOENCODER -> autoencoder(config.autoencoder());
            case TRANSFORMER -> dit(config.transformer());
            case LATENT_UPSAMPLER -> upsampler(config.latentUpsampler());
            case REFINER -> dit(config.refiner());
        };
    }

    private static ModelPart part(WanConfig config, Part part) {
        return switch (part) {
            case TEXT_ENCODER -> textEncoder(config.textEncoder());
            case IMAGE_ENCODER -> imageEncoder(config.imageEncoder());
            case AUTOENCODER -> config.wanVae() == null ? dcAeV(config.dcAeV()) : wanVae(config.wanVae());
            case TRANSFORMER -> dit(config.transformer());
            default -> throw new ModelException("model: part must be one of " + config.parts() + ", got " + part);
        };
    }

    private static ModelPart textEncoder(TextEncoderConfig config) {
        return ModelPart.of(config.toJson(), w -> new TextEncoder(w, config), stored(config.dim(), DType.BF16));
    }

    private static ModelPart imageEncoder(ImageEncoderConfig config) {
        return ModelPart.of(config.toJson(), w -> new ImageEncoder(w, config), stored(config.visionDim(), DType.F16));
    }

    private static ModelPart autoencoder(AutoencoderConfig config) {
        return ModelPart.of(config.toJson(), w -> new Autoencoder(w, config), DType.F32);
    }

    private static ModelPart dcAe(DcAeConfig config) {
        return ModelPart.of(config.toJson(), w -> new DcAe(w, config), DType.F32);
    }

    private static ModelPart wanVae(WanVaeConfig config) {
        return ModelPart.of(config.toJson(), w -> new WanVae(w, config), DType.F32);
    }

    private static ModelPart dcAeV(DcAeVConfig config) {
        return ModelPart.of(
                config.toJson(),
                w -> new DcAeV(w, config),
                stored(config.widthList().get(config.widthList().size() - 1), DType.BF16));
    }

    private static ModelPart dit(DitConfig config) {
        return ModelPart.of(config.toJson(), w -> new Dit(w, config), stored(config.dim(), DType.BF16));
    }

    private static ModelPart upsampler(LatentUpsamplerConfig config) {
        return ModelPart.of(config.toJson(), w -> new LatentUpsampler(w, config), DType.F32);
    }

    private static DType stored(int width, DType published) {
        return width < FULL_WIDTH ? DType.F32 : published;
    }
}
