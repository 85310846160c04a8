package io.fsvideo.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fsvideo.Request;
import io.fsvideo.media.VideoFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Requests in a file, one JSON object a line, whose names are those of {@code generate}'s options. */
final class BatchManifest {
    private static final int KEY_DIGITS = 32;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private BatchManifest() {}

    /** What a line says, read by the parser that reads {@code generate}'s options. */
    private static final class Arguments {
        @Option(names = "--image")
        private Path image;

        @Option(names = "--out", required = true)
        private Path out;

        @Mixin
        private RequestArguments request;
    }

    /**
     * One request.
     *
     * @param line its number in the manifest, from 1
     * @param key stands for everything the line says: another key when any of it changes
     * @param out where the video goes
     */
    record Item(int line, String key, Path out, VideoFormat format, CommandArguments arguments) {
        /** Reads the pictures. */
        Request request() {
            return arguments.request();
        }
    }

    /** Makes the request once its turn has come. */
    interface CommandArguments {
        Request request();
    }

    /**
     * Reads and checks every line before anything runs; empty lines are passed over.
     *
     * @throws ManifestException when the file cannot be read, a line is wrong, or two lines name the same output
     */
    static List<Item> read(Path manifest) {
        List<Item> items = new ArrayList<>();
        Map<Path, Integer> outputs = new HashMap<>();
        List<String> lines = lines(manifest);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String place = manifest + " line " + (i + 1);
            Item item = item(place, i + 1, lines.get(i));
            Integer other = outputs.put(item.out().toAbsolutePath().normalize(), i + 1);
            if (other != null) {
                throw new ManifestException(
                        place + ": out must be given once, got " + item.out() + " of line " + other + " again");
            }
            items.add(item);
        }
        return items;
    }

    private static List<String> lines(Path manifest) {
        try {
            return Files.readAllLines(manifest);
        } catch (IOException e) {
            throw new ManifestException(manifest + ": must be a readable text file in UTF-8, but: " + e);
        }
    }

    private static Item item(String place, int line, String text) {
        Map<String, String> options = options(place, text);
        Arguments arguments = new Arguments();
        String[] parsed = options.entrySet().stream()
                .map(option -> "--" + option.getKey() + "=" + option.getValue())
                .toArray(String[]::new);
        try {
            new CommandLine(arguments).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(parsed);
        } catch (ParameterException e) {
            throw new ManifestException(place + ": must hold options of generate, but: " + e.getMessage());
        }
        VideoFormat format = VideoFormat.of(arguments.out);
        return new Item(line, key(options), arguments.out, format, () -> arguments.request.of(arguments.image));
    }

    private static Map<String, String> options(String place, String text) {
        Map<String, String> options = new TreeMap<>();
        try {
            if (!(JSON.readTree(text) instanceof ObjectNode object)) {
                throw new ManifestException(place + ": must be one JSON object, got " + text.strip());
            }
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                JsonNode value = field.getValue();
                if (!value.isTextual() && !value.isNumber()) {
                    throw new ManifestException(
                            place + ": " + field.getKey() + " must be a string or a number, got " + value);
                }
                options.put(field.getKey(), value.asText());
            }
            return options;
        } catch (JsonProcessingException e) {
            throw new ManifestException(place + ": must be one JSON object, but: " + e.getOriginalMessage());
        }
    }

    private static String key(Map<String, String> options) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(JSON.writeValueAsString(options).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, KEY_DIGITS);
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException(
                    "batch: this Java runtime lacks SHA-256, or a string could not be written as JSON", e);
        }
    }
}
