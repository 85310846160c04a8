package io.fsvideo.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tokenizer.json that is damaged or hostile is refused with the key that is wrong. */
class TokenizerFaultTest {
    @TempDir
    Path folder;

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("tokenizer.json"), bytes);
    }

    private String refusal(Path file) {
        String message = assertThrows(TokenizerException.class, () -> Tokenizer.open(file, 64))
                .getMessage();
        String start = "tokenizer: file must be a tokenizer.json, got " + file + ": ";
        assertTrue(message.startsWith(start), message);
        return message.substring(start.length());
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = TokenizerFiles.JSON.writeValueAsBytes(TokenizerFiles.likeUmt5());
        for (int length = 0; length < whole.length; length += length < 3000 ? 41 : 4999) {
            refusal(write(Arrays.copyOf(whole, length)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/version | \"2.0\" | version must be 1.0, got \"2.0\"",
                "/model | 3 | model must be an object, got 3",
                "/model/type | \"BPE\" | model.type must be Unigram (T5, umT5) or WordLevel, got \"BPE\"",
                "/model/unk_id | 99999 | model.unk_id must be an integer from 0 to 1507, got 99999",
                "/model/unk_id | -1 | model.unk_id must be an integer from 0 to 1507, got -1",
                "/model/unk_id | 18446744073709551616 | model.unk_id must be an integer from 0 to 1507, got 18446744073709551616",
                "/model/byte_fallback | 1 | model.byte_fallback must be true or false, got 1",
                "/model/vocab | [] | model.vocab must be a list of 1 to 16777216 pieces, got []",
                "/model/vocab | {} | model.vocab must be a list, got {}",
                "/model/vocab | [[\"a\"]] | model.vocab[0] must be a piece and its score, got [\"a\"]",
                "/model/vocab | [[\"a\", 1e999]] | model.vocab[0][1] must be a finite number, got \"Infinity\"",
                "/model/vocab | [[\"\\ud800\", 1]] | model.vocab[0][0] must be a string of whole characters",
                "/added_tokens/0/id | 5 | added_tokens[0].id must be that of the model's vocabulary, 0, got 5",
                "/added_tokens/0/content | null | added_tokens[0].content must be a string, got null",
                "/added_tokens | 7 | added_tokens must be a list, got 7",
                "/normalizer | {\"type\": \"Nmt\"} | normalizer.type must be Sequence, Precompiled, NFC",
                "/normalizer | {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"} | normalizer.precompiled_charsmap must be a trie",
                "/normalizer | {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"*\"} | normalizer.precompiled_charsmap must be base64",
                "/normalizer | {\"type\": \"Replace\", \"content\": \"\", \"pattern\": {\"Regex\": \"(a+)+$\"}} | normalizer.pattern.Regex must be characters",
                "/normalizer | {\"type\": \"Replace\", \"content\": \"\", \"pattern\": {\"Regex\": \"a*a*a*\"}} | normalizer.pattern.Regex must be characters",
                "/normalizer | {\"type\": \"Replace\", \"content\": \"x\", \"pattern\": {\"String\": \"\"}} | normalizer.pattern.String must be at least one",
                "/pre_tokenizer/replacement | \"ab\" | pre_tokenizer.replacement must be one character, got \"ab\"",
                "/pre_tokenizer/prepend_scheme | \"often\" | pre_tokenizer.prepend_scheme must be always, first or never",
                "/pre_tokenizer/type | \"ByteLevel\" | pre_tokenizer.type must be Sequence",
                "/post_processor/type | \"ByteLevel\" | post_processor.type must be TemplateProcessing, got \"ByteLevel\"",
                "/post_processor/single | [] | post_processor.single must be a list with Sequence A, got []",
                "/post_processor/special_tokens | {} | post_processor.special_tokens.</s> must be an object, got none",
            })
    void oneWrongValueIsNamed(String pointer, String value, String message) throws IOException {
        ObjectNode root = TokenizerFiles.tiny();
        int at = pointer.lastIndexOf('/');
        JsonNode parent = root.at(pointer.substring(0, at));
        JsonNode wrong = TokenizerFiles.JSON.readTree(value);
        if (parent instanceof ObjectNode object) {
            object.set(pointer.substring(at + 1), wrong);
        }
        String refused = refusal(write(TokenizerFiles.JSON.writeValueAsBytes(root)));
        assertTrue(refused.startsWith(message), refused);
    }

    @Test
    void whatJsonItselfForbids() throws IOException {
        assertTrue(refusal(write("{\"decoder\":{\"type\":X".getBytes())).contains("Unrecognized token 'X'"));
        assertTrue(refusal(write("{\"model\":{},\"model\":{}}".getBytes())).contains("Duplicate"));
        assertTrue(refusal(write("{} {}".getBytes())).contains("Trailing token"));
        assertTrue(refusal(write("[".repeat(5000).getBytes())).contains("nesting depth"));
        assertEquals("the file must be an object, got []", refusal(write("[]".getBytes())));
    }

    @Test
    void aTemplateLongerThanTheTextMayBe() throws IOException {
        ObjectNode root = TokenizerFiles.tiny();
        ((ObjectNode) root.at("/post_processor/special_tokens/<~1s>"))
                .set("ids", TokenizerFiles.JSON.readTree("[" + "1,".repeat(64) + "1]"));
        assertTrue(refusal(write(TokenizerFiles.JSON.writeValueAsBytes(root)))
                .startsWith("post_processor must be at most 64 tokens around a text"));
    }

    @Test
    void aPromptOfOneMillionCharactersTakesNoTimeToSpeakOf() throws IOException {
        Path file = write(TokenizerFiles.JSON.writeValueAsBytes(TokenizerFiles.likeUmt5()));
        try (Tokenizer tokenizer = Tokenizer.open(file, 64)) {
            assertEquals(64, tokenizer.encode("pan".repeat(333_333)).length);
            assertEquals(64, tokenizer.encode("\u2581 ".repeat(300_000)).length);
        }
    }

    @Test
    void withoutAnUnknownTokenUnknownCharactersAreAnError() throws IOException {
        ObjectNode root = TokenizerFiles.tiny();
        root.withObject("/model").putNull("unk_id").put("byte_fallback", false);
        try (Tokenizer tokenizer = Tokenizer.open(write(TokenizerFiles.JSON.writeValueAsBytes(root)), 64)) {
            assertArrayEquals(new int[] {1}, tokenizer.encode(""));
            assertThrows(TokenizerException.class, () -> tokenizer.encode("\u65e5"));
        }
    }
}
