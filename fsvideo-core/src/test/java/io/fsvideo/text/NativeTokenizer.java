package io.fsvideo.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Hugging Face's own tokenizers library, which ends the process when a file is not as it expects. */
final class NativeTokenizer implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;

    NativeTokenizer(Path file, int maxLength) throws IOException {
        System.setProperty("ai.djl.offline", "true");
        Map<String, String> options = Map.of(
                "addSpecialTokens",
                "true",
                "truncation",
                "true",
                "padding",
                "false",
                "maxLength",
                String.valueOf(maxLength),
                "modelMaxLength",
                String.valueOf(maxLength));
        try (InputStream json = Files.newInputStream(file)) {
            tokenizer = HuggingFaceTokenizer.newInstance(json, options);
        }
    }

    /** The tokens of a prompt that is cleaned first, as {@link Tokenizer#encode} does. */
    int[] encode(String prompt) {
        return Arrays.stream(tokenizer.encode(PromptText.clean(prompt)).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
