package io.fsvideo.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Prompt to token ids with a Hugging Face {@code tokenizer.json}. The prompt is cleaned as Wan2.1 does, the file's own post-processor adds
 * the end token, and longer prompts are cut so that the end token stays last. Thread-safe.
 *
 * <p>Reads the Unigram and WordLevel models, which umT5, T5 and this library's own models use, in Java alone: every value of the file is
 * checked before it is used, and the ids are those that Hugging Face's tokenizers library gives.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String VERSION = "1.0";

    private final Path file;
    private final int maxLength;
    private final Vocabulary vocabulary;
    private final Normalization normalization;
    private final PreTokenization words;
    private final AddedTokens added;
    private final AddedTokens addedNormalized;
    private final Template template;
    private volatile boolean closed;

    private Tokenizer(Path file, TokenizerJson json, int maxLength) {
        this.file = file;
        this.maxLength = maxLength;
        TokenizerJson version = json.at("version");
        if (!version.textOr(VERSION).equals(VERSION)) {
            throw version.fault(VERSION);
        }
        vocabulary = Vocabulary.of(json.at("model"));
        normalization = Normalization.of(json.at("normalizer"));
        words = PreTokenization.of(json.at("pre_tokenizer"));
        added = AddedTokens.of(json.at("added_tokens"), false, vocabulary, normalization);
        addedNormalized = AddedTokens.of(json.at("added_tokens"), true, vocabulary, normalization);
        template = Template.of(json.at("post_processor"));
        if (template.size() > maxLength) {
            throw json.at("post_processor").fault("at most " + maxLength + " tokens around a text");
        }
    }

    /**
     * Reads a {@code tokenizer.json}.
     *
     * @param maxLength most ids of a prompt, end token included; 512 for umT5
     * @throws TokenizerException when the file is missing, is not a tokenizer, or asks for something that this library does not do
     */
    public static Tokenizer open(Path file, int maxLength) {
        Objects.requireNonNull(file, "tokenizer: file must not be null");
        if (maxLength < 1) {
            throw new TokenizerException("tokenizer: maxLength must be >= 1, got " + maxLength);
        }
        if (!Files.isRegularFile(file)) {
            throw new TokenizerException("tokenizer: file must be a tokenizer.json, got " + file + " (no such file)");
        }
        try {
            return new Tokenizer(file, TokenizerJson.read(file), maxLength);
        } catch (TokenizerException | IOException e) {
            throw new TokenizerException(
                    "tokenizer: file must be a tokenizer.json, got " + file + ": " + firstLine(e.getMessage()), e);
        }
    }

    private static String firstLine(String message) {
        return String.valueOf(message).lines().findFirst().orElse("");
    }

    /**
     * The ids of a prompt, end token last, without padding.
     *
     * @param prompt any text; an empty one gives the end token only
     * @return {@code [tokens]}, at most maxLength of them
     * @throws TokenizerException when closed
     */
    public int[] encode(String prompt) {
        Objects.requireNonNull(prompt, "tokenizer: prompt must not be null");
        if (closed) {
            throw new TokenizerException("tokenizer: the tokenizer of " + file + " was used after it was closed");
        }
        List<Integer> ids = new ArrayList<>();
        for (AddedTokens.Part part : added.split(new AddedTokens.Part(PromptText.clean(prompt), -1, true))) {
            if (part.id() >= 0) {
                ids.add(part.id());
            } else {
                encode(new AddedTokens.Part(normalization.apply(part.text()), -1, part.isFirst()), ids);
            }
        }
        return template.around(ids, maxLength);
    }

    private void encode(AddedTokens.Part normalized, List<Integer> ids) {
        for (AddedTokens.Part part : addedNormalized.split(normalized)) {
            if (part.id() >= 0) {
                ids.add(part.id());
            } else if (!part.text().isEmpty()) {
                for (PreTokenization.Word word : words.split(new PreTokenization.Word(part.text(), part.isFirst()))) {
                    vocabulary.encode(word.text(), ids);
                }
            }
        }
    }

    /** Ends its use; closing twice is harmless. */
    @Override
    public void close() {
        closed = true;
    }
}
