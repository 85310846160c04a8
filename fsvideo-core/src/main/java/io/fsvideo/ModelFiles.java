package io.fsvideo;

import io.fsvideo.weights.Damage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** What a model directory lacks, all of it in one error, and the command that gets it. */
final class ModelFiles {
    static final String INDEX = "model_index.json";

    private static final String TOKENIZER = "tokenizer/tokenizer.json";
    /** Files that only Wan2.1's own download has. */
    private static final List<String> WAN_FILES = List.of("models_t5_umt5-xxl-enc-bf16.pth", "Wan2.1_VAE.pth");

    private final Path directory;
    private final PipelineClass kind;

    /** @param kind null where there is no index to say it */
    ModelFiles(Path directory, PipelineClass kind) {
        this.directory = directory;
        this.kind = kind;
    }

    /** @throws ModelException when a configuration is missing; it lists damaged weights too */
    void requireConfigurations() {
        List<String> missing = missing();
        if (!missing.isEmpty()) {
            throw incomplete(missing, damaged());
        }
    }

    /** @throws ModelException when weights are missing or damaged */
    void requireWeights() {
        List<String> damaged = damaged();
        if (!damaged.isEmpty()) {
            throw incomplete(List.of(), damaged);
        }
    }

    private List<String> missing() {
        List<String> missing = new ArrayList<>();
        require(missing, INDEX);
        require(missing, TOKENIZER);
        for (Part part : kind == null ? EnumSet.allOf(Part.class) : kind.parts()) {
            require(missing, folder(part) + "/config.json");
        }
        return missing;
    }

    private void require(List<String> missing, String file) {
        if (!Files.isRegularFile(directory.resolve(file))) {
            missing.add(file);
        }
    }

    private List<String> damaged() {
        List<String> damaged = new ArrayList<>();
        if (kind != null) {
            for (Part part : kind.parts()) {
                Path folder = directory.resolve(folder(part));
                damaged.addAll(Files.isDirectory(folder) ? Damage.of(folder) : List.of(folder(part) + " is not there"));
            }
        }
        return damaged;
    }

    private String folder(Part part) {
        return kind == null ? part.folder() : kind.folder(part);
    }

    private ModelException incomplete(List<String> missing, List<String> damaged) {
        return new ModelException("model: " + directory + " must be a complete model directory, got "
                + (missing.isEmpty() ? "" : "none of " + missing)
                + (missing.isEmpty() || damaged.isEmpty() ? "" : " and ")
                + (damaged.isEmpty() ? "" : "weights that cannot be read: " + damaged)
                + "; " + advice());
    }

    private String advice() {
        if (kind == null && WAN_FILES.stream().anyMatch(file -> Files.exists(directory.resolve(file)))) {
            return "it is Wan2.1's own download, convert it with: fsvideo weights convert " + directory
                    + " --config wan21-t2v-1.3b --out models/wan21-t2v-1.3b (or the --config it is)";
        }
        if (kind == null || kind == PipelineClass.FS_VIDEO) {
            return "make one with: fsvideo weights init --config tiny --out " + directory;
        }
        if (kind.isDiffusers()) {
            return "get it again with: hf download " + repository() + " --local-dir " + directory;
        }
        return "make it from the published checkpoints with: fsvideo weights convert CHECKPOINTS --config "
                + kind.example() + " --out " + directory;
    }

    /** Downloads usually lie in a folder of the repository's name. */
    private String repository() {
        String name = String.valueOf(directory.toAbsolutePath().normalize().getFileName());
        return "Wan-AI/" + (name.matches("Wan2\\.1-.*(?i)diffusers") ? name : kind.example());
    }
}
