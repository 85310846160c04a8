package io.fsvideo.examples.extend;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.ModelSource;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.Part;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model family: one model called {@code toy}, which paints blocks of colour after the first word of the prompt. */
public final class ToyFamily implements ModelFamily {
    @Override
    public List<ModelConfig> models() {
        return List.of(ToyConfig.toy());
    }

    @Override
    public Set<String> classNames() {
        return Set.of(ToyConfig.CLASS);
    }

    @Override
    public Map<Part, String> folders(String className) {
        return Map.of(Part.TRANSFORMER, Part.TRANSFORMER.folder());
    }

    @Override
    public ModelConfig read(ModelSource source) {
        return new ToyConfig(
                source.defaults(ToyConfig.Pipeline.class),
                source.part(Part.TRANSFORMER).path("vocab_size").asInt());
    }

    @Override
    public String advice(String className, Path directory) {
        return "make one with: fsvideo weights init --config toy --out " + directory;
    }
}
