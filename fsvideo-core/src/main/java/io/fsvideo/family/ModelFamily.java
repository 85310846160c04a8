package io.fsvideo.family;

import io.fsvideo.ModelException;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A kind of model: which models of it have a name, and how a directory of one is read. What a model is made of and how it makes a video
 * is said by its {@link ModelConfig}. A family is a service: it is found by {@link ServiceLoader}, through a line in
 * {@code META-INF/services/io.fsvideo.family.ModelFamily}, on the class path of whoever opens a model.
 *
 * @since 0.1
 */
public interface ModelFamily {
    /** Returns the models that have a name; {@link ModelConfig#pipeline} says it. */
    List<ModelConfig> models();

    /** Returns parts that have a name of their own because they are published alone, by that name; none by default. */
    default Map<String, Supplier<ModelPart>> parts() {
        return Map.of();
    }

    /** Returns the {@code _class_name}s of {@code model_index.json} that this family reads. */
    Set<String> classNames();

    /**
     * Returns the parts that a directory must hold, each with its folder.
     *
     * @param className one of {@link #classNames}
     */
    Map<Part, String> folders(String className);

    /**
     * Reads the configuration of a directory that has all its files.
     *
     * @throws io.fsvideo.tensor.FsVideoException when a value is not legal
     */
    ModelConfig read(ModelSource source);

    /**
     * Says how to get what a directory lacks: a sentence that ends with a command.
     *
     * @param className one of {@link #classNames}
     */
    String advice(String className, Path directory);

    /** Says the same of a directory without {@code model_index.json}, when its files tell that it is of this family. */
    default Optional<String> adviceWithoutIndex(Path directory) {
        return Optional.empty();
    }

    /** Returns every family on the class path. */
    static List<ModelFamily> all() {
        List<ModelFamily> families = new ArrayList<>();
        ServiceLoader.load(ModelFamily.class, ModelFamily.class.getClassLoader())
                .forEach(families::add);
        return families;
    }

    /** Returns the names of all models and single parts, in alphabetical order. */
    static Set<String> names() {
        Set<String> names = new TreeSet<>(named().keySet());
        all().forEach(family -> names.addAll(family.parts().keySet()));
        return names;
    }

    private static Map<String, ModelConfig> named() {
        Map<String, ModelConfig> models = new TreeMap<>();
        for (ModelFamily family : all()) {
            for (ModelConfig model : family.models()) {
                if (models.putIfAbsent(model.pipeline().name(), model) != null) {
                    throw new ModelException("model: two families on the class path have a model called "
                            + model.pipeline().name() + "; take one of them off it");
                }
            }
        }
        return models;
    }

    /** Tells whether a whole model has this name. */
    static boolean isModel(String name) {
        return named().containsKey(name);
    }

    /**
     * Returns the model of this name.
     *
     * @throws ModelException listing all names, when no family has it
     */
    static ModelConfig model(String name) {
        Map<String, ModelConfig> models = named();
        if (!models.containsKey(name)) {
            throw new ModelException("model: config must be one of " + models.keySet() + ", got " + name);
        }
        return models.get(name);
    }

    /**
     * Returns all parts of the model of this name, each in its folder, or the one part of this name.
     *
     * @throws ModelException listing all names, when no family has it
     */
    static List<ModelPart> parts(String name) {
        if (isModel(name)) {
            return model(name).parts();
        }
        for (ModelFamily family : all()) {
            if (family.parts().containsKey(name)) {
                return List.of(family.parts().get(name).get());
            }
        }
        throw new ModelException("model: config must be one of " + names() + ", got " + name);
    }
}
