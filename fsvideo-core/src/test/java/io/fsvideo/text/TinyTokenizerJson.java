package io.fsvideo.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Writes the tokenizer of the tiny model: a Unigram model in umT5's manner (pad 0, end 1, unknown 2, byte fallback) over the words of
 * {@code words.txt}, their endings, and single characters. The committed file is the output of {@link #main}.
 */
final class TinyTokenizerJson {
    static final String RESOURCE = "/io/fsvideo/text/tiny-tokenizer.json";
    private static final String SPACE = "\u2581";
    private static final String ENDINGS =
            "s ed ing er est ly y es en al ful less ness ment tion ity ous ive able un re in th an or ar";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TinyTokenizerJson() {}

    /** @param arguments the file to write */
    public static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), json());
    }

    static String json() throws IOException {
        return """
                {
                 "version": "1.0",
                 "truncation": null,
                 "padding": null,
                 "added_tokens": [
                %s
                 ],
                 "normalizer": null,
                 "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true},
                 "post_processor": {"type": "TemplateProcessing",
                  "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                  "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                   {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                  "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
                 "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"},
                  {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}]},
                 "model": {"type": "Unigram", "unk_id": 2, "byte_fallback": true, "vocab": [
                %s
                 ]}
                }
                """.formatted(String.join(",\n", special()), String.join(",\n", vocabulary()));
    }

    private static List<String> special() {
        List<String> tokens = new ArrayList<>();
        for (String token : List.of("<pad>", "</s>", "<unk>")) {
            tokens.add("  {\"id\": " + tokens.size() + ", \"content\": \"" + token + "\", \"single_word\": false, "
                    + "\"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}");
        }
        return tokens;
    }

    private static List<String> vocabulary() throws IOException {
        List<String> entries = new ArrayList<>();
        for (String token : List.of("<pad>", "</s>", "<unk>")) {
            entries.add(entry(token, 0));
        }
        for (int b = 0; b < 256; b++) {
            entries.add(entry("<0x%02X>".formatted(b), -30));
        }
        List<String> pieces = pieces();
        for (int rank = 0; rank < pieces.size(); rank++) {
            String piece = pieces.get(rank);
            entries.add(entry(piece, piece.length() == 1 ? -12 : -4 - Math.log(rank + 1)));
        }
        return entries;
    }

    /** Most frequent first: a word's score is minus the logarithm of its rank. */
    private static List<String> pieces() throws IOException {
        Set<String> pieces = new LinkedHashSet<>();
        for (String word : words()) {
            pieces.add(SPACE + word);
        }
        for (String ending : ENDINGS.split(" ")) {
            pieces.add(ending);
        }
        pieces.add(SPACE);
        for (char c = '!'; c <= '~'; c++) {
            pieces.add(String.valueOf(c));
        }
        return List.copyOf(pieces);
    }

    private static List<String> words() throws IOException {
        try (InputStream in = TinyTokenizerJson.class.getResourceAsStream("words.txt")) {
            return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .split("\\s+"));
        }
    }

    private static String entry(String piece, double score) throws JsonProcessingException {
        return "  [" + JSON.writeValueAsString(piece) + ", " + String.format(Locale.ROOT, "%.4f", score) + "]";
    }
}
