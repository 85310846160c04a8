package io.fsvideo;

import io.fsvideo.text.Tokenizer;
import java.nio.file.Path;

/** Turns prompts into the ids of the model's vocabulary. */
interface Prompts extends AutoCloseable {
    /** Ids of one prompt, end token last, at most the text length of the model. */
    int[] ids(String prompt);

    @Override
    void close();

    /** By a {@code tokenizer.json}. */
    static Prompts open(Path tokenizer, int maxLength) {
        Tokenizer loaded = Tokenizer.open(tokenizer, maxLength);
        return new Prompts() {
            @Override
            public int[] ids(String prompt) {
                return loaded.encode(prompt);
            }

            @Override
            public void close() {
                loaded.close();
            }
        };
    }

    /** Prompts of the greatest length, for plans of models that are not there. */
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
