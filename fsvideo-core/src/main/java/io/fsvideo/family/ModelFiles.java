package io.fsvideo.family;

import io.fsvideo.ModelException;
import io.fsvideo.pipeline.Part;
import io.fsvideo.weights.Damage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which files a model directory must hold, and what it lacks of them: all of it in one error, with the command that gets it. */
final class ModelFiles {
    static final String INDEX = "model_index.json";

    private static final String TOKENIZER = "tokenizer/tokenizer.json";

    private final Path directory;
    private final ModelFamily family;
    private final String className;
    private final Map<Part, String> folders;

    ModelFiles(Path directory, ModelFamily family, String className) {
        this.directory = directory;
        this.family = family;
        this.className = className;
        this.folders = family.folders(className);
    }

    /** The error for a directory that does not say of which kind it is. */
    static ModelException withoutIndex(Path directory) {
        List<String> missing = new ArrayList<>(List.of(INDEX));
        if (!Files.isRegularFile(directory.resolve(TOKENIZER))) {
            missing.add(TOKENIZER);
        }
        String advice = ModelFamily.all().stream()
                .map(family -> family.adviceWithoutIndex(directory))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse("make one with: fsvideo weights init --config tiny --out " + directory);
        return incomplete(directory, missing, List.of(), advice);
    }

    /** Where each part lies. */
    Map<Part, Path> folders() {
        Map<Part, Path> places = new LinkedHashMap<>();
        folders.forEach((part, folder) -> places.put(part, directory.resolve(folder)));
        return places;
    }

    Path tokenizer() {
        return directory.resolve(TOKENIZER);
    }

    /** @throws ModelException when a configuration is missing; it lists damaged weights too */
    void requireConfigurations() {
        List<String> missing = new ArrayList<>();
        require(missing, TOKENIZER);
        folders.values().forEach(folder -> require(missing, folder + "/config.json"));
        if (!missing.isEmpty()) {
            throw incomplete(directory, missing, damaged(Set.of()), family.advice(className, directory));
        }
    }

    private void require(List<String> missing, String file) {
        if (!Files.isRegularFile(directory.resolve(file))) {
            missing.add(file);
        }
    }

    /** @throws ModelException when the model lacks one of these parts */
    void requireParts(Set<String> named) {
        List<String> parts = folders.keySet().stream().map(Part::folder).toList();
        if (!parts.containsAll(named)) {
            throw new ModelException("model: weights must be given for parts of " + directory + ", which are " + parts
                    + ", got " + named);
        }
    }

    /**
     * @param elsewhere folders of parts whose weights are not the directory's
     * @throws ModelException when other weights are missing or damaged
     */
    void requireWeights(Set<String> elsewhere) {
        List<String> damaged = damaged(elsewhere);
        if (!damaged.isEmpty()) {
            throw incomplete(directory, List.of(), damaged, family.advice(className, directory));
        }
    }

    private List<String> damaged(Set<String> elsewhere) {
        List<String> damaged = new ArrayList<>();
        for (Map.Entry<Part, String> part : folders.entrySet()) {
            Path place = directory.resolve(part.getValue());
            if (!elsewhere.contains(part.getKey().folder())) {
                damaged.addAll(
                        Files.isDirectory(place) ? Damage.of(place) : List.of(part.getValue() + " is not there"));
            }
        }
        return damaged;
    }

    private static ModelException incomplete(
            Path directory, List<String> missing, List<String> damaged, String advice) {
        return new ModelException("model: " + directory + " must be a complete model directory, got "
                + (missing.isEmpty() ? "" : "none of " + missing)
                + (missing.isEmpty() || damaged.isEmpty() ? "" : " and ")
                + (damaged.isEmpty() ? "" : "weights that cannot be read: " + damaged)
                + "; " + advice);
    }
}
