package io.fsvideo.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * One value of a {@code tokenizer.json} and the key that leads to it. Every reader checks the type and names the key when it does not
 * fit, so that nothing of a hostile file is taken on trust.
 */
record TokenizerJson(String key, JsonNode node) {
    /** umT5's file, the largest in use, has 17 MB. */
    static final long MOST_BYTES = 128L << 20;

    private static final int SHOWN = 60;
    private static final int DEEPEST = 32;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    static {
        JSON.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build());
    }

    /** @throws TokenizerException unless {@code file} is a regular file of JSON with an object at its root */
    static TokenizerJson read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new TokenizerException("at most " + MOST_BYTES + " bytes long, got " + Files.size(file));
        }
        TokenizerJson root = new TokenizerJson("", JSON.readTree(Files.readAllBytes(file)));
        root.require(JsonNode::isObject, "an object");
        return root;
    }

    TokenizerException fault(String rule) {
        String text = node.toString();
        String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        String got = node.isMissingNode() ? "none" : shown.replaceAll("\\p{Cntrl}", "?");
        return new TokenizerException((key.isEmpty() ? "the file" : key) + " must be " + rule + ", got " + got);
    }

    private TokenizerJson require(Predicate<JsonNode> holds, String rule) {
        if (!holds.test(node)) {
            throw fault(rule);
        }
        return this;
    }

    TokenizerJson at(String name) {
        return new TokenizerJson(key.isEmpty() ? name : key + "." + name, node.path(name));
    }

    boolean isGiven() {
        return !node.isMissingNode() && !node.isNull();
    }

    boolean isText() {
        return node.isTextual();
    }

    TokenizerJson object() {
        return require(JsonNode::isObject, "an object");
    }

    String type() {
        return object().at("type").text();
    }

    /** A string in which no half of a surrogate pair stands alone. */
    String text() {
        String text = require(JsonNode::isTextual, "a string").node.textValue();
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw fault("a string of whole characters");
        }
        return text;
    }

    String textOr(String otherwise) {
        return isGiven() ? text() : otherwise;
    }

    boolean flag(boolean otherwise) {
        return isGiven() ? require(JsonNode::isBoolean, "true or false").node.booleanValue() : otherwise;
    }

    /** An integer of {@code 0 .. below - 1}. */
    int index(long below) {
        boolean fits =
                node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0 && node.longValue() < below;
        return (int)
                require(any -> fits, "an integer from 0 to " + (below - 1)).node.longValue();
    }

    double finite() {
        return require(value -> value.isNumber() && Double.isFinite(value.doubleValue()), "a finite number")
                .node
                .doubleValue();
    }

    List<TokenizerJson> items() {
        require(JsonNode::isArray, "a list");
        List<TokenizerJson> items = new ArrayList<>(node.size());
        for (JsonNode item : node) {
            items.add(new TokenizerJson(key + "[" + items.size() + "]", item));
        }
        return items;
    }

    List<TokenizerJson> itemsOrNone() {
        return isGiven() ? items() : List.of();
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        object().node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
