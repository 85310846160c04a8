package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.assertFault;
import static io.fsvideo.weights.Crafted.entry;
import static io.fsvideo.weights.Crafted.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every lie a safetensors file can tell ends in one error that names it, and leaves no file open. */
class SafetensorsFaultTest {
    private static final String GOOD = entry("a", "F32", "[2]", "[0,8]");

    @TempDir
    Path folder;

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertEquals(0, Crafted.openFiles(folder));
    }

    static Stream<Arguments> lyingHeaders() {
        return Stream.of(
                lie("not JSON", "hello", "JSON"),
                lie("not an object", "[1,2]", "JSON object", "START_ARRAY"),
                lie("cut JSON", "{\"a\":{\"dtype\":\"F32\"", "JSON"),
                lie("trailing data", "{" + GOOD + "} {}", "one JSON object", "START_OBJECT"),
                lie("trailing word", "{" + GOOD + "} x", "JSON"),
                lie("duplicate key", header(GOOD, GOOD), "distinct keys", "'a'"),
                lie("duplicate field", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "distinct keys", "'dtype'"),
                lie("entry not an object", "{\"a\":7}", "entry a", "JSON object", "VALUE_NUMBER_INT"),
                lie("nesting", "{\"a\":{\"shape\":[[[[[[[[[[1]]]]]]]]]]}}", "shape of a", "integers"),
                lie("nesting bomb", "[".repeat(100_000), "JSON"),
                lie("nesting in metadata", "{\"__metadata__\":{\"x\":{\"y\":1}}}", "__metadata__.x", "string"),
                lie("no dtype", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "dtype of a", "present"),
                lie("no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "shape of a", "present"),
                lie("no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "data_offsets of a", "present"),
                lie("unknown field", "{\"a\":{\"offset\":[2]}}", "field of a", "offset"),
                lie("unknown dtype", header(entry("a", "F64", "[1]", "[0,8]")), "dtype of a", "BF16", "got F64"),
                lie("dtype a number", "{\"a\":{\"dtype\":5}}", "dtype of a", "got 5"),
                lie("dtype null", "{\"a\":{\"dtype\":null}}", "dtype of a", "got null"),
                lie("negative shape", header(entry("a", "F32", "[-2]", "[0,8]")), "shape of a", ">= 0", "[-2]"),
                lie("two negatives", header(entry("a", "F32", "[-2,-1]", "[0,8]")), "shape of a", "[-2, -1]"),
                lie("overflowing shape", header(entry("a", "U8", "[4294967296,4294967298]", "[0,8]")), "63 bits"),
                lie("overflowing bytes", header(entry("a", "F32", "[4611686018427387906]", "[0,8]")), "63 bits"),
                lie("huge integer", header(entry("a", "F32", "[99999999999999999999]", "[0,8]")), "shape of a", "63"),
                lie("fraction", header(entry("a", "F32", "[2.0]", "[0,8]")), "shape of a", "integers", "2.0"),
                lie("string in shape", header(entry("a", "F32", "[\"2\"]", "[0,8]")), "shape of a", "integers"),
                lie("shape not an array", header(entry("a", "F32", "2", "[0,8]")), "shape of a", "array"),
                lie("rank bomb", header(entry("a", "F32", "[1" + ",1".repeat(50) + "]", "[0,8]")), "at most 16"),
                lie("negative offset", header(entry("a", "F32", "[2]", "[-8,0]")), "data_offsets of a", "[-8, 0]"),
                lie("reversed offsets", header(entry("a", "F32", "[2]", "[8,0]")), "begin <= end", "[8, 0]"),
                lie("one offset", header(entry("a", "F32", "[2]", "[0]")), "[begin, end]", "[0]"),
                lie("three offsets", header(entry("a", "F32", "[2]", "[0,8,16]")), "[begin, end]", "[0, 8, 16]"),
                lie("wrong size", header(entry("a", "F32", "[3]", "[0,8]")), "12 bytes apart", "[3] F32", "got 8"),
                lie("past the end", header(entry("a", "F32", "[3]", "[0,12]")), "8 bytes of data", "a [3] F32", "12"),
                lie(
                        "far past the end",
                        header(entry("a", "U8", "[1]", "[9223372036854775806,9223372036854775807]")),
                        "8"),
                lie(
                        "overlap",
                        header(entry("a", "U8", "[5]", "[0,5]"), entry("b", "U8", "[4]", "[4,8]")),
                        "overlap",
                        "a [5]",
                        "b [4]"),
                lie("same bytes", header(GOOD, entry("b", "F32", "[2]", "[0,8]")), "overlap", "a [2]", "b [2]"),
                lie("hole", header(entry("a", "U8", "[2]", "[0,2]"), entry("b", "U8", "[4]", "[4,8]")), "holes", "b"),
                lie("late start", header(entry("a", "U8", "[4]", "[4,8]")), "holes", "next at 0", "a [4]"),
                lie("unclaimed data", header(entry("a", "U8", "[4]", "[0,4]")), "4 bytes", "8 bytes in the file"),
                lie("no tensors but data", "{}", "0 bytes", "8 bytes in the file"));
    }

    private static Arguments lie(String name, String header, String... facts) {
        return arguments(name, header, facts);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lyingHeaders")
    void namesTheLie(String name, String header, String[] facts) throws IOException {
        Path file = Crafted.file(folder.resolve("model.safetensors"), header, 8);
        WeightsException e = assertFault(() -> Safetensors.open(file), (Object[]) facts);
        assertFault(
                () -> {
                    throw e;
                },
                file,
                "must be",
                "got");
        Crafted.assertOnly(folder, "model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100_000_001, 10_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesHeaderLengthsWithoutAllocating(long length) throws IOException {
        byte[] text = header(GOOD).getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(folder.resolve("x"), Crafted.bytes(length, text, new byte[8]));
        assertFault(() -> Safetensors.open(file), file, "header length", "1..100000000", Long.toUnsignedString(length));
    }

    @Test
    void refusesHeadersLongerThanTheFile() throws IOException {
        Path file = Files.write(folder.resolve("x"), Crafted.bytes(99_000_000, new byte[10], new byte[0]));
        assertFault(() -> Safetensors.open(file), file, "header length", "18 bytes", "99000000; truncated?");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = Crafted.bytes(header(GOOD), new byte[8]);
        Path file = folder.resolve("model.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertFault(() -> Safetensors.open(file), file, "truncated?");
        }
        Files.write(file, whole);
        Safetensors.open(file).close();
    }

    @Test
    void refusesTextThatIsNotUtf8() throws IOException {
        byte[] text = "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(folder.resolve("x"), Crafted.bytes(text.length, text, new byte[0]));
        assertFault(() -> Safetensors.open(file), file, "UTF-8");
    }

    @Test
    void shortensHostileNames() throws IOException {
        String key = "k\\n".repeat(10_000);
        Path file = Crafted.file(folder.resolve("x"), header(entry(key, "F64", "[1]", "[0,8]")), 8);
        assertFault(() -> Safetensors.open(file), "dtype of k?k?k?", "…");
    }

    @Test
    void refusesWhatIsNotAFile() throws IOException {
        Path absent = folder.resolve("absent.safetensors");
        assertFault(() -> Safetensors.open(absent), absent, "a file", "nothing there");
        assertFault(() -> Safetensors.open(folder), folder, "at least one *.safetensors", "none");
        Path dangling = Files.createSymbolicLink(folder.resolve("d.safetensors"), absent);
        assertFault(() -> Safetensors.open(dangling), dangling, "a file");
    }
}
