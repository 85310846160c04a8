package io.fsvideo.weightstools.convert;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A published model as it was downloaded: which of its files hold which part. */
public final class Download {
    private static final String SHARDS = ".safetensors";

    private final Map<ModelPart, Path> parts = new LinkedHashMap<>();
    private final Path tokenizer;

    /**
     * Looks for Wan2.1's own files, then for Diffusers' folders.
     *
     * @throws FsVideoException listing all that is not there
     */
    public Download(Path folder, String config) {
        List<String> missing = new ArrayList<>();
        for (ModelPart part : ModelFamily.parts(config)) {
            Path found = find(folder, places(part.folder(), config));
            if (found == null) {
                missing.add(part.folder() + " as any of " + places(part.folder(), config));
            } else {
                parts.put(part, found);
            }
        }
        List<String> tokenizers = List.of("google/umt5-xxl/tokenizer.json", "tokenizer/tokenizer.json");
        tokenizer = find(folder, tokenizers);
        if (tokenizer == null) {
            missing.add("tokenizer as any of " + tokenizers);
        }
        if (!missing.isEmpty()) {
            throw new FsVideoException("convert: " + folder + " must hold every part of " + config
                    + ", or --part name one," + " got none of " + missing);
        }
    }

    /** Names to look for, {@code *} for anything; a dot is the folder itself. */
    private static List<String> places(String part, String config) {
        boolean words = !ModelFamily.model(config).inputs().takesImage();
        return switch (part) {
            case "text_encoder" -> List.of("models_t5_*.pth", part);
            case "image_encoder" -> List.of("models_clip_*.pth", part);
            case "autoencoder" -> List.of("Wan2.1_VAE.pth", "dc-ae-v-*.pt", "vae", part);
            default -> List.of(".", part, part + (words ? "_t2v" : "_i2v"));
        };
    }

    private static Path find(Path folder, List<String> places) {
        for (String place : places) {
            for (Path found : matches(folder, place)) {
                if (Files.isRegularFile(found)
                        || Files.isDirectory(found)
                                && !matches(found, "*" + SHARDS).isEmpty()) {
                    return found;
                }
            }
        }
        return null;
    }

    private static List<Path> matches(Path folder, String place) {
        if (!place.contains("*")) {
            Path path = place.equals(".") ? folder : folder.resolve(place);
            return Files.exists(path) ? List.of(path) : List.of();
        }
        String pattern = place.replace(".", "\\.").replace("*", ".*");
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().matches(pattern))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FsVideoException("convert: " + folder + " must be a readable folder, got " + e, e);
        }
    }

    /** Every part and its checkpoint. */
    public Map<ModelPart, Path> parts() {
        return parts;
    }

    /** The tokenizer's file. */
    public Path tokenizer() {
        return tokenizer;
    }
}
