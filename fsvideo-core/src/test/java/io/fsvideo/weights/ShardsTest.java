package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.assertFault;
import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardsTest {
    @TempDir
    Path folder;

    private Path index;

    @BeforeEach
    void twoShards() throws IOException {
        Crafted.file(folder.resolve("m-1.safetensors"), header(entry("a", "U8", "[4]", "[0,4]")), 4);
        Crafted.file(folder.resolve("m-2.safetensors"), header(entry("b", "U8", "[2]", "[0,2]")), 2);
        index = folder.resolve("m.safetensors.index.json");
        index("{\"metadata\":{\"total_size\":6},\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\"}}");
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertEquals(0, Crafted.openFiles(folder));
    }

    private void index(String json) throws IOException {
        Files.writeString(index, json);
    }

    private void assertReadsBoth() {
        try (Safetensors s = Safetensors.open(folder)) {
            assertEquals(Set.of("a", "b"), s.keys());
            assertArrayEquals(new float[] {0, 1, 2, 3}, s.floats("a"));
            assertArrayEquals(new float[] {0, 1}, s.floats("b"));
        }
    }

    @Test
    void readsShardsWithAndWithoutIndex() throws IOException {
        assertReadsBoth();
        Files.delete(index);
        assertReadsBoth();
    }

    @Test
    void readsOnlyWhatTheIndexNames() throws IOException {
        Files.copy(folder.resolve("m-1.safetensors"), folder.resolve("m-1.fp16.safetensors"));
        assertReadsBoth();
    }

    @Test
    void ofAFileAndItsVariantTheFileIsReadAndForeignSystemsRemnantsAreNot() throws IOException {
        Files.delete(index);
        Files.copy(folder.resolve("m-1.safetensors"), folder.resolve("m-1.fp16.safetensors"));
        Files.writeString(folder.resolve("._m-1.safetensors"), "Mac OS X");
        assertReadsBoth();
        Files.delete(folder.resolve("m-1.safetensors"));
        assertReadsBoth();
    }

    @Test
    void namesFromAnIndexAreNeitherLongNorFollowedToAPipe() throws Exception {
        index("{\"weight_map\":{\"a\":\"" + "x".repeat(5000) + ".safetensors\"}}");
        String message = assertFault(() -> Safetensors.open(folder), index, "file of a", "plain name")
                .getMessage();
        assertTrue(message.length() < 600, message);
        Files.delete(index);
        assertEquals(0, new ProcessBuilder("mkfifo", index.toString()).start().waitFor());
        assertFault(() -> Safetensors.open(folder), index, "index must be a file");
    }

    @Test
    void followsLinks() throws IOException {
        Path blobs = Files.createDirectory(folder.resolve("blobs"));
        Path blob = Files.move(folder.resolve("m-2.safetensors"), blobs.resolve("0123abcd"));
        Files.createSymbolicLink(folder.resolve("m-2.safetensors"), blob);
        assertReadsBoth();
    }

    @Test
    void namesAMissingShard() throws IOException {
        Path shard = folder.resolve("m-2.safetensors");
        Files.delete(shard);
        assertFault(() -> Safetensors.open(folder), shard, "a file", "nothing there");
    }

    @Test
    void namesAKeyItsShardLacks() throws IOException {
        index("{\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\",\"c\":\"m-2.safetensors\"}}");
        assertFault(() -> Safetensors.open(folder), index, "c must be in m-2.safetensors", "none");
        index("{\"weight_map\":{\"a\":\"m-2.safetensors\",\"b\":\"m-1.safetensors\"}}");
        assertFault(() -> Safetensors.open(folder), index, "a must be in m-2.safetensors", "it in m-1.safetensors");
    }

    @Test
    void showsKeysTheIndexForgot() throws IOException {
        Crafted.file(
                folder.resolve("m-2.safetensors"),
                header(entry("b", "U8", "[2]", "[0,2]"), entry("extra", "U8", "[1]", "[2,3]")),
                3);
        try (Safetensors s = Safetensors.open(folder)) {
            assertEquals(Set.of("a", "b", "extra"), s.keys());
        }
    }

    @Test
    void namesAKeyOfTwoShards() throws IOException {
        Files.copy(folder.resolve("m-1.safetensors"), folder.resolve("m-3.safetensors"));
        Files.delete(index);
        assertFault(() -> Safetensors.open(folder), folder, "a must be in one file", "m-1.safet", "m-3.safet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../m-1.safetensors",
                "/etc/m-1.safetensors",
                "sub/m-1.safetensors",
                "..\\\\m-1.safetensors",
                "m-1.bin",
                "..",
                "",
                "m\\u0000.safetensors",
                "m\\ud800.safetensors"
            })
    void refusesOtherFolders(String name) throws IOException {
        index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
        assertFault(() -> Safetensors.open(folder), index, "file of a", "plain name ending in .safetensors");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"weight_map\":{}}", "{\"weight_map\":[]}", "[]", "7", "{\"weight_map\":null}"})
    void refusesIndicesThatNameNothing(String json) throws IOException {
        index(json);
        assertFault(() -> Safetensors.open(folder), index, "weight_map", "at least one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"weight_map\":{\"a\":\"m-1.safetensors\",\"a\":\"m-1.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"m-1.safetensors\"}} x"
            })
    void refusesBrokenIndices(String json) throws IOException {
        index(json);
        assertFault(() -> Safetensors.open(folder), index, "index must be a JSON object with distinct keys");
    }

    @Test
    void refusesNestingBombsAndOddFiles() throws IOException {
        index("[".repeat(1_000_000));
        assertFault(() -> Safetensors.open(folder), index, "JSON");
        index("");
        assertFault(() -> Safetensors.open(folder), index, "weight_map");
        index("{\"weight_map\":{\"a\":7}}");
        assertFault(() -> Safetensors.open(folder), index, "file of a", "got 7");
        Files.copy(index, folder.resolve("n.safetensors.index.json"));
        assertFault(() -> Safetensors.open(folder), folder, "at most one *.safetensors.index.json", "n.safetensors");
    }
}
