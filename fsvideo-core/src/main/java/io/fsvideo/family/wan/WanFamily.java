package io.fsvideo.family.wan;

import io.fsvideo.ModelException;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelSource;
import io.fsvideo.model.DcAeV;
import io.fsvideo.model.DcAeVConfig;
import io.fsvideo.model.DitConfig;
import io.fsvideo.model.ImageEncoderConfig;
import io.fsvideo.model.TextEncoderConfig;
import io.fsvideo.model.WanVae;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import io.fsvideo.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Wan2.1, with Wan's autoencoder, and DC-VideoGen: the same with DC-AE-V. A directory may be laid out as this library writes it or, for
 * Wan2.1, as Diffusers does.
 *
 * @since 0.1
 */
public final class WanFamily implements ModelFamily {
    /** Files that only Wan2.1's own download has. */
    private static final List<String> OWN_FILES = List.of("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth");

    /** Wan2.1 from words, as Diffusers lays it out, and the repository it is published in. */
    private static final String DIFFUSERS_WORDS = "WanPipeline";
    /** Wan2.1 from one image or two, likewise. */
    private static final String DIFFUSERS_IMAGES = "WanImageToVideoPipeline";

    private static final Map<String, String> REPOSITORIES =
            Map.of(DIFFUSERS_WORDS, "Wan2.1-T2V-1.3B-Diffusers", DIFFUSERS_IMAGES, "Wan2.1-I2V-14B-480P-Diffusers");

    @Override
    public List<ModelConfig> models() {
        return List.of(
                WanConfig.tinyTextToVideo(),
                WanConfig.tinyImageToVideo(),
                WanConfig.tinyFirstLastFrame(),
                WanConfig.tinyDcVideoGenTextToVideo(),
                WanConfig.tinyDcVideoGenImageToVideo(),
                WanConfig.wan21T2v1_3B(),
                WanConfig.wan21T2v14B(),
                WanConfig.wan21I2v14B480p(),
                WanConfig.wan21I2v14B720p(),
                WanConfig.wan21Flf2v14B(),
                WanConfig.dcVideoGenT2v14B(),
                WanConfig.dcVideoGenI2v14B());
    }

    @Override
    public Map<String, Supplier<ModelPart>> parts() {
        return Map.of(
                "wan21-vae", () -> part(WanVaeConfig.wan21()),
                "dc-ae-v-1.0-f32t4c32", () -> part(DcAeVConfig.f32t4c32()),
                "dc-ae-v-1.0-f64t4c128", () -> part(DcAeVConfig.f64t4c128()),
                "wan21-dit-t2v-1.3b", () -> ModelPart.of(DitConfig.wan21T2v1_3B()),
                "wan21-dit-t2v-14b", () -> ModelPart.of(DitConfig.wan21T2v14B()),
                "wan21-dit-i2v-14b", () -> ModelPart.of(DitConfig.wan21I2v14B()),
                "umt5-xxl", () -> ModelPart.of(TextEncoderConfig.umt5Xxl()),
                "clip-vit-h", () -> ModelPart.of(ImageEncoderConfig.clipVitH()));
    }

    static ModelPart part(WanVaeConfig config) {
        return ModelPart.of(config.toJson(), w -> new WanVae(w, config), DType.F32);
    }

    static ModelPart part(DcAeVConfig config) {
        int width = config.widthList().get(config.widthList().size() - 1);
        return ModelPart.of(config.toJson(), w -> new DcAeV(w, config), ModelPart.stored(width, DType.BF16));
    }

    /** The smallest published model of each of our own class names. */
    private static Map<String, WanConfig> published() {
        return List.of(
                        WanConfig.wan21T2v1_3B(),
                        WanConfig.wan21I2v14B480p(),
                        WanConfig.wan21Flf2v14B(),
                        WanConfig.dcVideoGenT2v14B(),
                        WanConfig.dcVideoGenI2v14B())
                .stream()
                .collect(Collectors.toMap(WanConfig::className, Function.identity()));
    }

    @Override
    public Set<String> classNames() {
        Set<String> names = new TreeSet<>(published().keySet());
        names.addAll(REPOSITORIES.keySet());
        return names;
    }

    private static boolean isDiffusers(String className) {
        return REPOSITORIES.containsKey(className);
    }

    @Override
    public Map<Part, String> folders(String className) {
        WanConfig example = switch (className) {
            case DIFFUSERS_WORDS -> WanConfig.wan21T2v1_3B();
            case DIFFUSERS_IMAGES -> WanConfig.wan21I2v14B480p();
            default -> published().get(className);
        };
        Map<Part, String> folders = new LinkedHashMap<>();
        example.parts().forEach(part -> folders.put(new Part(part.folder()), part.folder()));
        if (isDiffusers(className)) {
            folders.put(Part.AUTOENCODER, "vae");
        }
        return folders;
    }

    @Override
    public ModelConfig read(ModelSource source) {
        if (isDiffusers(source.className())) {
            return DiffusersWan.read(source);
        }
        boolean wan = source.className().startsWith(WanConfig.WAN);
        WanConfig config = new WanConfig(
                source.defaults(WanPipelineConfig.class),
                TextEncoderConfig.fromJson(source.part(Part.TEXT_ENCODER)),
                source.part(Part.IMAGE_ENCODER) == null
                        ? null
                        : ImageEncoderConfig.fromJson(source.part(Part.IMAGE_ENCODER)),
                wan ? WanVaeConfig.fromJson(source.part(Part.AUTOENCODER)) : null,
                wan ? null : DcAeVConfig.fromJson(source.part(Part.AUTOENCODER)),
                DitConfig.fromJson(source.part(Part.TRANSFORMER)));
        if (!config.className().equals(source.className())) {
            throw new ModelException(
                    "model: parts must be those of " + source.className() + ", got " + config.className());
        }
        return config;
    }

    @Override
    public String advice(String className, Path directory) {
        return isDiffusers(className)
                ? "get it again with: hf download Wan-AI/" + repository(className, directory) + " --local-dir "
                        + directory
                : "make it from the published checkpoints with: fsvideo weights convert CHECKPOINTS --config "
                        + published().get(className).pipeline().name() + " --out " + directory;
    }

    /** Downloads usually lie in a folder of the repository's name. */
    private static String repository(String className, Path directory) {
        String name = String.valueOf(directory.toAbsolutePath().normalize().getFileName());
        return name.matches("Wan2\\.1-.*(?i)diffusers") ? name : REPOSITORIES.get(className);
    }

    @Override
    public Optional<String> adviceWithoutIndex(Path directory) {
        if (OWN_FILES.stream().noneMatch(file -> Files.exists(directory.resolve(file)))) {
            return Optional.empty();
        }
        return Optional.of("it is Wan2.1's own download, convert it with: fsvideo weights convert " + directory
                + " --config wan21-t2v-1.3b --out models/wan21-t2v-1.3b (or the --config it is)");
    }
}
