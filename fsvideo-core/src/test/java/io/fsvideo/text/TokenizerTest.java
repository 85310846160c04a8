package io.fsvideo.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
    private static final int END = 1;
    private static final int UNKNOWN = 2;

    @TempDir
    Path folder;

    private Path file;
    private JsonNode vocabulary;

    @BeforeEach
    void writeTinyTokenizer() throws IOException {
        file = folder.resolve("tokenizer.json");
        try (InputStream in = Tokenizer.class.getResourceAsStream(TinyTokenizerJson.RESOURCE)) {
            Files.copy(in, file);
        }
        vocabulary = new ObjectMapper().readTree(file.toFile()).at("/model/vocab");
    }

    @Test
    void committedTokenizerIsWhatItsGeneratorWrites() throws IOException {
        assertEquals(TinyTokenizerJson.json(), Files.readString(file));
        assertTrue(vocabulary.size() <= 1536, "the tiny text encoder has 1,536 rows");
    }

    @Test
    void wordsOfTheVocabularyAreOneTokenEach() {
        try (Tokenizer tokenizer = Tokenizer.open(file, 512)) {
            int[] ids = tokenizer.encode("the camera pans left");
            assertEquals(List.of("\u2581the", "\u2581camera", "\u2581pans", "\u2581left", "</s>"), pieces(ids));
        }
    }

    @Test
    void idsSpellTheCleanedText() {
        List<String> texts = List.of(
                "The camera pans left, slowly; 3 boats!",
                "stra\u00dfe caf\u00e9 \u65e5\u672c\u8a9e",
                "clapper \ud83c\udfac and family \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
                "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
                "e\u0301 composed",
                "tab\tand\nline");
        try (Tokenizer tokenizer = Tokenizer.open(file, 512)) {
            for (String text : texts) {
                int[] ids = tokenizer.encode(text);
                assertEquals(PromptText.clean(text), spell(ids));
                assertEquals(END, ids[ids.length - 1]);
                assertTrue(Arrays.stream(ids).noneMatch(id -> id == UNKNOWN), text);
            }
        }
    }

    @Test
    void emptyPromptIsTheEndTokenAlone() {
        try (Tokenizer tokenizer = Tokenizer.open(file, 512)) {
            assertArrayEquals(new int[] {END}, tokenizer.encode(""));
            assertArrayEquals(new int[] {END}, tokenizer.encode(" \n\u3000 "));
        }
    }

    @Test
    void longPromptIsCutBeforeTheEndToken() {
        try (Tokenizer tokenizer = Tokenizer.open(file, 512);
                Tokenizer longer = Tokenizer.open(file, 20_000)) {
            String prompt = "zoom in ".repeat(5_000);
            int[] cut = tokenizer.encode(prompt);
            int[] whole = longer.encode(prompt);
            assertEquals(10_001, whole.length);
            assertEquals(512, cut.length);
            assertArrayEquals(Arrays.copyOf(whole, 511), Arrays.copyOf(cut, 511));
            assertEquals(END, cut[511]);
            assertEquals(512, tokenizer.encode("zoom ".repeat(511)).length);
        }
    }

    @Test
    void sameIdsFromManyThreadsAndFromAnotherTokenizer() {
        try (Tokenizer tokenizer = Tokenizer.open(file, 64);
                Tokenizer other = Tokenizer.open(file, 64)) {
            List<int[]> expected = IntStream.range(0, 200)
                    .mapToObj(i -> other.encode("frame " + i + " of the sea"))
                    .toList();
            List<int[]> found = IntStream.range(0, 200)
                    .parallel()
                    .mapToObj(i -> tokenizer.encode("frame " + i + " of the sea"))
                    .toList();
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), found.get(i));
            }
        }
    }

    @Test
    void badFilesAndUses() throws IOException {
        Path missing = folder.resolve("none.json");
        assertMessage("tokenizer: file must be a tokenizer.json, got " + missing + " (no such file)", missing, 512);
        Path broken = Files.writeString(folder.resolve("broken.json"), "{\"model\": ");
        assertTrue(assertThrows(TokenizerException.class, () -> Tokenizer.open(broken, 512))
                .getMessage()
                .startsWith("tokenizer: file must be a tokenizer.json, got " + broken + ": "));
        Path empty = Files.createFile(folder.resolve("empty.json"));
        assertThrows(TokenizerException.class, () -> Tokenizer.open(empty, 512));
        assertMessage("tokenizer: maxLength must be >= 1, got 0", file, 0);
        Tokenizer closed = Tokenizer.open(file, 512);
        closed.close();
        closed.close();
        assertEquals(
                "tokenizer: the tokenizer of " + file + " was used after it was closed",
                assertThrows(TokenizerException.class, () -> closed.encode("x")).getMessage());
    }

    private static void assertMessage(String message, Path path, int maxLength) {
        assertEquals(
                message,
                assertThrows(TokenizerException.class, () -> Tokenizer.open(path, maxLength))
                        .getMessage());
    }

    private List<String> pieces(int[] ids) {
        return Arrays.stream(ids)
                .mapToObj(id -> vocabulary.get(id).get(0).textValue())
                .toList();
    }

    private String spell(int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String piece : pieces(Arrays.copyOf(ids, ids.length - 1))) {
            if (piece.matches("<0x[0-9A-F]{2}>")) {
                bytes.write(Integer.parseInt(piece.substring(3, 5), 16));
            } else {
                bytes.writeBytes(piece.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8).stripLeading();
    }
}
