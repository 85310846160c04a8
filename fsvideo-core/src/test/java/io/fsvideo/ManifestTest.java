package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fsvideo.family.ModelFamily;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Names and shapes of the public models, kept in files: what {@code fsvideo weights manifest --config NAME} prints, which was compared
 * with the tables of the published architectures when the files were made.
 */
class ManifestTest {
    private static List<String> committed(String config) throws IOException {
        try (InputStream in = ManifestTest.class.getResourceAsStream("/manifest/" + config + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wan21-t2v-1.3b",
                "wan21-t2v-14b",
                "wan21-i2v-14b-480p",
                "wan21-flf2v-14b-720p",
                "dc-videogen-t2v-14b",
                "dc-videogen-i2v-14b",
                "tiny-wan-t2v",
                "tiny-wan-i2v",
                "tiny-wan-flf2v",
                "tiny-dc-videogen-t2v",
                "tiny-dc-videogen-i2v"
            })
    void modelsAskForWhatTheCheckpointsHold(String config) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Backend backend = Backend.open("cpu")) {
            ModelFamily.parts(config).forEach(part -> lines.addAll(part.manifest(backend)));
        }
        assertEquals(committed(config), lines);
    }

    /** The files themselves, expanded and counted without the models. */
    @ParameterizedTest
    @CsvSource({
        "wan21-t2v-1.3b,       transformer,   825, 1418996800",
        "wan21-t2v-14b,        transformer,  1095, 14288491584",
        "wan21-i2v-14b-480p,   transformer,  1303, 16394878784",
        "wan21-flf2v-14b-720p, transformer,  1304, 16395536704",
        "dc-videogen-t2v-14b,  transformer,  1095, 14288163872",
        "dc-videogen-i2v-14b,  transformer,  1303, 16394325792",
        "wan21-t2v-1.3b,       text_encoder,  242, 5680910336",
        "wan21-t2v-1.3b,       autoencoder,   194, 126892531"
    })
    void filesCountAsPublished(String config, String part, int tensors, long parameters) throws IOException {
        TreeMap<String, Long> sizes = new TreeMap<>();
        String section = "";
        for (String line : committed(config)) {
            if (line.startsWith("#")) {
                section = line.substring(2, line.indexOf(':'));
            } else if (section.equals(part)) {
                String[] words = line.split(" ", 2);
                long size = Arrays.stream(words[1].replaceAll("[\\[\\]]", "").split(", "))
                        .mapToLong(Long::parseLong)
                        .reduce(1, Math::multiplyExact);
                names(words[0]).forEach(name -> assertEquals(null, sizes.put(name, size), name));
            }
        }
        assertEquals(tensors, sizes.size());
        assertEquals(
                parameters, sizes.values().stream().mapToLong(Long::longValue).sum());
    }

    private static List<String> names(String pattern) {
        int open = pattern.indexOf('{');
        if (open < 0) {
            return List.of(pattern);
        }
        int close = pattern.indexOf('}');
        String inside = pattern.substring(open + 1, close);
        List<Integer> numbers = new ArrayList<>();
        if (inside.contains("..")) {
            String[] ends = inside.split("\\.\\.");
            IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]))
                    .forEach(numbers::add);
        } else {
            Arrays.stream(inside.split(",")).map(Integer::parseInt).forEach(numbers::add);
        }
        return numbers.stream()
                .map(number -> pattern.substring(0, open) + number + pattern.substring(close + 1))
                .toList();
    }

    @Test
    void rangesAreConsecutiveNumbersOnly() throws IOException {
        assertFalse(names("a.{0..2}.b").contains("a.3.b"));
        assertEquals(List.of("a.0.b", "a.3.b"), names("a.{0,3}.b"));
    }
}
