package io.fsvideo.family;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.ModelException;
import io.fsvideo.Version;
import io.fsvideo.files.Temporary;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes model directories of any named configuration with random weights: the same bytes for the same seed. The directory appears
 * complete or not at all; interrupting the thread ends the work with an exception and leaves nothing.
 *
 * @since 0.1
 */
public final class ModelInit {
    /** Names what a directory was made from, so that making it again is no work. */
    private static final String RECIPE = "fsvideo-init.json";

    private static final double MEBI = 1 << 20;

    private final String config;
    private final ModelConfig pipeline;
    private final List<ModelPart> parts;
    private final long seed;
    private final Backend backend;

    /** @param pipeline the whole model, or null for one part */
    private ModelInit(String config, ModelConfig pipeline, List<ModelPart> parts, long seed, Backend backend) {
        this.config = config;
        this.pipeline = pipeline;
        this.parts = parts;
        this.seed = seed;
        this.backend = backend;
    }

    /** Returns the names of all models and parts, as {@link ModelFamily#names} does. */
    public static Set<String> names() {
        return ModelFamily.names();
    }

    /**
     * Makes {@code target}, unless it is there already with the same configuration and seed.
     *
     * @param config one of {@link #names()}: a whole pipeline, or one part, whose files lie in {@code target} itself
     * @param target a new or empty directory
     * @param backend any; tells which parameters a model has
     * @return whether it was made now
     * @throws ModelException when the name is unknown, the target holds something else, or the disk is full or not writable
     */
    public static boolean write(String config, long seed, Path target, Backend backend) {
        if (ModelFamily.isModel(config)) {
            return write(ModelFamily.model(config), seed, target, backend);
        }
        return new ModelInit(config, null, ModelFamily.parts(config), seed, backend)
                .write(target.toAbsolutePath().normalize());
    }

    /**
     * Does what {@link #write(String, long, Path, Backend)} does for a whole model whose transformers have another layer memory.
     *
     * @param layerMemory a name that {@link io.fsvideo.model.LayerMemory#named} knows
     */
    public static boolean write(String config, String layerMemory, long seed, Path target, Backend backend) {
        ModelConfig changed = ModelFamily.model(config).withLayerMemory(layerMemory);
        return new ModelInit(config + " with layer memory " + layerMemory, changed, changed.parts(), seed, backend)
                .write(target.toAbsolutePath().normalize());
    }

    /**
     * Does what {@link #write(String, long, Path, Backend)} does for a whole model of the caller's own sizes, told
     * apart by its name.
     */
    public static boolean write(ModelConfig config, long seed, Path target, Backend backend) {
        return new ModelInit(config.pipeline().name(), config, config.parts(), seed, backend)
                .write(target.toAbsolutePath().normalize());
    }

    private boolean write(Path target) {
        try {
            if (isMade(target)) {
                return false;
            }
            requireEmpty(target);
            requireSpace(target);
            try (Temporary temporary = Temporary.beside(target)) {
                writeAll(temporary.path());
                Files.createDirectories(target.getParent());
                return moveIntoPlace(temporary, target);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new ModelException("weights init: target must be writable, got " + target + ": " + e, e);
        }
    }

    /** Another process may have made the same meanwhile. */
    private boolean moveIntoPlace(Temporary temporary, Path target) throws IOException {
        try {
            temporary.moveTo(target);
            return true;
        } catch (FileSystemException e) {
            if (isMade(target)) {
                return false;
            }
            throw e;
        }
    }

    private boolean isMade(Path target) throws IOException {
        Path recipe = target.resolve(RECIPE);
        return Files.isRegularFile(recipe) && Files.readString(recipe).equals(recipe());
    }

    private static void requireEmpty(Path target) throws IOException {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new ModelException("weights init: target must be a new or empty directory, got " + target
                    + ", which is no directory; choose another");
        }
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new ModelException("weights init: target must be a new or empty directory, got " + target
                        + ", which holds something else; remove it or choose another");
            }
        }
    }

    private void requireSpace(Path target) throws IOException {
        long needed = parts.stream().mapToLong(part -> part.bytes(backend)).reduce(0, Math::addExact);
        Path existing = target;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        long free = Files.getFileStore(existing).getUsableSpace();
        if (free < needed) {
            throw new ModelException(String.format(
                    Locale.ROOT,
                    "weights init: disk of %s must have %,.1f MiB free for %s, got %,.1f MiB; choose another disk",
                    target,
                    needed / MEBI,
                    config,
                    free / MEBI));
        }
    }

    private void writeAll(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (ModelPart part : parts) {
            part.write(folder, seed, backend);
        }
        if (pipeline != null) {
            ModelDirectory.writeIndex(pipeline, folder);
            writeTokenizer(folder.resolve("tokenizer"));
        }
        Files.writeString(folder.resolve(RECIPE), recipe(), StandardCharsets.UTF_8);
    }

    /** Ours: a real checkpoint's tokenizer belongs to its weights. */
    private static void writeTokenizer(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (InputStream json = Version.class.getResourceAsStream("text/tiny-tokenizer.json")) {
            Files.copy(json, folder.resolve("tokenizer.json"));
        }
    }

    private String recipe() {
        ObjectNode recipe = JsonNodeFactory.instance.objectNode();
        recipe.put("config", config).put("seed", seed).put("format", 1);
        return recipe.toPrettyString() + "\n";
    }
}
