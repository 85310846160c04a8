package io.fsvideo.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ids are those of Hugging Face's library, which is on the class path of tests alone. */
class TokenizerParityTest {
    private static final int TEXTS = 400;
    private static final List<String> PIECES = List.of(
            " ",
            "  ",
            "the",
            "camera",
            "pans",
            "left",
            "right",
            "PAN",
            "zoom",
            "ing",
            "s",
            "ed",
            ".",
            "!",
            "9",
            "e\u0301",
            "o\u0308",
            "\u00a0",
            "\uff21",
            "\ufb01",
            "\u2026",
            "\u00ad",
            "\u65e5\u672c",
            "\u0301",
            "\u2581",
            "</s>",
            "<unk>",
            "<mask>",
            "<pad",
            ">",
            "\ud83d\udc68\u200d\ud83d\udc69",
            "\u0645\u0631",
            "\u03a3",
            "\u0130",
            "\n",
            "\t",
            "<0x41>",
            "\u3000",
            "foo",
            "x",
            "caf\u00e9");

    @TempDir
    Path folder;

    private void compare(ObjectNode json, int maxLength) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, TokenizerFiles.JSON.writeValueAsString(json));
        Random random = new Random(7);
        try (Tokenizer ours = Tokenizer.open(file, maxLength);
                NativeTokenizer theirs = new NativeTokenizer(file, maxLength)) {
            for (int i = 0; i < TEXTS; i++) {
                StringBuilder text = new StringBuilder();
                for (int left = random.nextInt(20); left > 0; left--) {
                    text.append(PIECES.get(random.nextInt(PIECES.size())));
                }
                assertArrayEquals(
                        theirs.encode(text.toString()),
                        ours.encode(text.toString()),
                        text + " " + json.at("/normalizer") + json.at("/pre_tokenizer"));
            }
        }
    }

    @Test
    void tiny() throws IOException {
        compare(TokenizerFiles.tiny(), 512);
    }

    @Test
    void cut() throws IOException {
        compare(TokenizerFiles.tiny(), 5);
    }

    @Test
    void likeUmt5() throws IOException {
        compare(TokenizerFiles.likeUmt5(), 512);
    }

    @Test
    void likeT5() throws IOException {
        compare(TokenizerFiles.likeT5(), 512);
    }

    @Test
    void wholeWords() throws IOException {
        compare(TokenizerFiles.words(), 512);
    }

    @Test
    void unknownCharactersAreFused() throws IOException {
        ObjectNode json = TokenizerFiles.likeT5();
        json.withObject("/model").put("byte_fallback", false);
        compare(json, 512);
    }

    @Test
    void marksAndForms() throws IOException {
        for (String form : List.of("NFD", "NFKC", "NFKD", "Lowercase", "StripAccents")) {
            ObjectNode json = TokenizerFiles.tiny();
            json.putObject("normalizer").put("type", form);
            for (String scheme : form.equals("StripAccents") ? List.of("never") : List.of("first", "never")) {
                json.withObject("/pre_tokenizer").put("prepend_scheme", scheme).put("split", scheme.equals("first"));
                compare(json, 512);
            }
        }
    }

    @Test
    void literalsAreReplacedAndTextIsPrefixed() throws IOException {
        ObjectNode json = TokenizerFiles.tiny();
        ObjectNode normalizer = json.putObject("normalizer").put("type", "Sequence");
        normalizer.putArray("normalizers").addObject().put("type", "Prepend").put("prepend", "\u2581");
        ObjectNode replace = normalizer.withArray("normalizers").addObject().put("type", "Replace");
        replace.put("content", "$1\u2581").putObject("pattern").put("String", " ");
        compare(json, 512);
    }

    @Test
    void theCommittedModelsTokenizer() throws IOException {
        Path demo = Path.of("..", "models", "demo", "tokenizer", "tokenizer.json");
        ObjectNode json = (ObjectNode) TokenizerFiles.JSON.readTree(demo.toFile());
        assertEquals("Unigram", json.at("/model/type").textValue());
        compare(json, 512);
    }
}
