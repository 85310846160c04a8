package io.fsvideo.examples.extend;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.ModelException;
import io.fsvideo.media.Image;
import io.fsvideo.pipeline.Defaults;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Inputs;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.pipeline.ModelPart;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.SizeRule;
import io.fsvideo.pipeline.TransformerWork;
import io.fsvideo.sample.Sampler;
import io.fsvideo.tensor.DType;
import java.util.List;

/**
 * Everything the engine has to know of the toy.
 *
 * @param pipeline what a request gets that does not say otherwise
 * @param vocabSize words that have a colour
 */
record ToyConfig(Pipeline pipeline, int vocabSize) implements ModelConfig {
    static final String CLASS = "Toy";

    /** Pixels along a side of a block. */
    static final int BLOCK = 8;

    ToyConfig {
        if (vocabSize < 1) {
            throw new ModelException("model: transformer.vocab_size must be at least 1, got " + vocabSize);
        }
    }

    /** Written to and read from {@code pipeline} in {@code model_index.json}. */
    record Pipeline(
            String name,
            int frames,
            int framesPerSecond,
            int height,
            int width,
            int steps,
            float guidance,
            float shift,
            Sampler sampler,
            String negativePrompt)
            implements Defaults {}

    static ToyConfig toy() {
        return new ToyConfig(new Pipeline("toy", 5, 8, 64, 96, 4, 1, 1, Sampler.EULER, ""), 1536);
    }

    @Override
    public String className() {
        return CLASS;
    }

    @Override
    public int textLen() {
        return 16;
    }

    @Override
    public List<ModelPart> parts() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("vocab_size", vocabSize);
        return List.of(ModelPart.of(json, w -> new ToyTransformer(w, vocabSize), DType.F32)
                .in(Part.TRANSFORMER));
    }

    @Override
    public Inputs inputs() {
        return Inputs.PROMPT;
    }

    @Override
    public SizeRule sizes() {
        return new SizeRule(BLOCK, BLOCK, 1, 1);
    }

    @Override
    public Geometry sizeFor(int frames, Image image) {
        return sizes().nearest(frames, image, pipeline.height() * pipeline.width());
    }

    /** No two devices share it: there is no work to predict. */
    @Override
    public List<TransformerWork> work(Geometry geometry) {
        return List.of();
    }

    @Override
    public io.fsvideo.pipeline.Pipeline load(PartStore parts, Sharing sharing) {
        return new ToyPipeline(
                this, parts, parts.load(Part.TRANSFORMER, w -> new ToyTransformer(w, vocabSize)), sharing);
    }
}
