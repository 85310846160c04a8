package io.fsvideo;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Container;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import io.fsvideo.weights.TensorValues;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A prompt as a text encoder has read it, to be used again without that encoder. With the same model the clip is the same to the bit. A
 * value: neither numbers nor words can be changed.
 *
 * @since 0.1
 */
public final class Embeddings {
    private static final String PLACE = "embeddings";
    private static final String PROMPT = "prompt";
    private static final String NEGATIVE = "negative_prompt";

    private final int width;
    private final Text prompt;
    private final Text negative;

    /** @param values {@code [rows, width]} */
    private record Text(String words, float[] values) {}

    private Embeddings(int width, Text prompt, Text negative) {
        this.width = width;
        this.prompt = prompt;
        this.negative = negative;
    }

    /**
     * Makes those of a prompt alone, for a request without guidance.
     *
     * @param prompt the words that were read, which the clip's metadata has
     * @param width numbers of one row
     * @param values {@code [rows, width]}, one row or more
     */
    public static Embeddings of(String prompt, int width, float[] values) {
        return new Embeddings(width, text("prompt", prompt, width, values), null);
    }

    /** Adds what the video should not show, which guidance needs. */
    public Embeddings withNegative(String negativePrompt, float[] values) {
        return new Embeddings(width, prompt, text("negativePrompt", negativePrompt, width, values));
    }

    private static Text text(String name, String words, int width, float[] values) {
        RequestException.given(PLACE, name, words);
        RequestException.given(PLACE, "values", values);
        if (width < 1 || values.length == 0 || values.length % width != 0) {
            throw new RequestException("embeddings: " + name + " must be words and rows of " + width + " values, got "
                    + values.length + " values");
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new RequestException("embeddings: every value of " + name + " must be finite, got " + value);
            }
        }
        return new Text(words, values.clone());
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws io.fsvideo.weights.WeightsException when the file cannot be read
     * @throws RequestException when it holds something else
     */
    public static Embeddings read(Path file) {
        RequestException.given(PLACE, "file", file);
        try (Container stored = Container.open(file)) {
            Map<String, Shape> shapes = stored.shapes();
            Shape shape = shapes.get(PROMPT);
            boolean known = shape != null
                    && shapes.keySet().stream().allMatch(key -> key.equals(PROMPT) || key.equals(NEGATIVE));
            for (Shape each : shapes.values()) {
                known = known && each.rank() == 2 && each.dim(1) == shape.dim(1) && each.dim(1) <= Integer.MAX_VALUE;
            }
            if (!known) {
                throw new RequestException("embeddings: " + file + " must hold prompt [rows, width] and perhaps"
                        + " negative_prompt, as generate --save-embeddings writes them, got " + shapes);
            }
            Embeddings read = of(words(stored, PROMPT), (int) shape.dim(1), TensorValues.floats(stored, PROMPT));
            return shapes.containsKey(NEGATIVE)
                    ? read.withNegative(words(stored, NEGATIVE), TensorValues.floats(stored, NEGATIVE))
                    : read;
        }
    }

    private static String words(Container stored, String name) {
        return stored.metadata().getOrDefault(name, "");
    }

    /**
     * Writes one safetensors file in F32, which holds every model's values exactly; the words are its metadata.
     *
     * @throws io.fsvideo.weights.WeightsException when the file cannot be written; then nothing is left of it
     */
    public void write(Path file) {
        RequestException.given(PLACE, "file", file);
        Map<String, Text> texts = new LinkedHashMap<>();
        texts.put(PROMPT, prompt);
        if (negative != null) {
            texts.put(NEGATIVE, negative);
        }
        Map<String, Declared> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", "fsvideo-embeddings"));
        texts.forEach((name, text) -> {
            tensors.put(name, new Declared(DType.F32, Shape.of(text.values().length / width, width)));
            metadata.put(name, text.words());
        });
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, tensors, metadata)) {
            texts.forEach((name, text) -> writer.write(name, text.values(), 0, text.values().length));
            writer.commit();
        }
    }

    /** Returns the numbers of one row. */
    public int width() {
        return width;
    }

    /** Returns the words that were read. */
    public String prompt() {
        return prompt.words();
    }

    /** Returns what the video should not show, or null without it. */
    public String negativePrompt() {
        return negative == null ? null : negative.words();
    }

    /** Returns a copy of the prompt's rows, {@code [rows, width]}. */
    public float[] values() {
        return prompt.values().clone();
    }

    /** Returns a copy of the negative prompt's rows, or null without it. */
    public float[] negativeValues() {
        return negative == null ? null : negative.values().clone();
    }

    /** Returns the sizes and words, for people. */
    @Override
    public String toString() {
        return "embeddings of \"" + prompt() + "\", " + prompt.values().length / width + " rows of " + width;
    }
}
