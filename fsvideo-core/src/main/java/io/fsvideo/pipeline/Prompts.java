package io.fsvideo.pipeline;

import io.fsvideo.model.TextEncoder;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.text.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * Turns prompts into the ids of the model's vocabulary.
 *
 * @since 0.1
 */
public interface Prompts extends AutoCloseable {
    /** Returns the ids of one prompt, end token last, at most the text length of the model. */
    int[] ids(String prompt);

    /** Encodes the prompt, and with guidance the negative prompt; each {@code [rows, textDim]} in {@code a}. */
    default List<Tensor> encode(Arena a, TextEncoder encoder, ResolvedRequest job) {
        List<String> texts = job.isGuided() ? List.of(job.prompt(), job.negativePrompt()) : List.of(job.prompt());
        return texts.stream().map(text -> encoder.encode(a, ids(text))).toList();
    }

    @Override
    void close();

    /** Opens a {@code tokenizer.json}. */
    static Prompts open(Path tokenizer, int maxLength) {
        Tokenizer loaded = Tokenizer.open(tokenizer, maxLength);
        return new Prompts() {
            /** Ranks ask at the same time. */
            @Override
            public synchronized int[] ids(String prompt) {
                return loaded.encode(prompt);
            }

            @Override
            public void close() {
                loaded.close();
            }
        };
    }

    /** Returns prompts of the greatest length, for plans of models that are not there. */
    static Prompts longest(int maxLength) {
        return new Prompts() {
            @Override
            public int[] ids(String prompt) {
                return new int[maxLength];
            }

            @Override
            public void close() {}
        };
    }
}
