package io.fsvideo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.model.DitConfig;
import java.util.Set;

/** Configurations of all parts of one model, and what its generations are like when a request does not say. */
public sealed interface ModelConfig permits FsVideoConfig, WanConfig {
    /** {@code _class_name} in {@code model_index.json}. */
    String className();

    /** What a request gets that does not say otherwise. */
    Defaults pipeline();

    /** Most tokens of a prompt, end token included. */
    int textLen();

    /** The parts it has. */
    Set<Part> parts();

    /** Sizes of a part that is a transformer; null for any other. */
    DitConfig dit(Part part);

    /** {@code config.json} of one of its parts. */
    ObjectNode toJson(Part part);

    /** The report's model. */
    static FsVideoConfig fsvideo14B() {
        return FsVideoConfig.fsvideo14B();
    }

    /** The report's parts, small: for trying the library without trained weights. */
    static FsVideoConfig tiny() {
        return FsVideoConfig.tiny();
    }

    /** The configuration called {@code name}, as {@link ModelInit} knows it. @throws ModelException when there is none */
    static ModelConfig named(String name) {
        return ModelCatalogue.pipeline(name);
    }
}
