package io.fsvideo.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Reads a configuration's JSON, naming the full key in every error.
 *
 * @param path key of {@code node}, for messages
 */
record ConfigJson(String path, JsonNode node) {
    private static final int SHOWN = 200;

    ConfigJson {
        if (!node.isObject()) {
            throw fault(path, "an object", node);
        }
    }

    private static ConfigException fault(String key, String rule, JsonNode got) {
        return new ConfigException(
                "config: " + key + " must be " + rule + ", got " + (got.isMissingNode() ? "none" : shortened(got)));
    }

    private static String shortened(JsonNode got) {
        String text = got.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    ConfigException fault(String key, String rule) {
        return fault(path + "." + key, rule, node.path(key));
    }

    ConfigJson at(String key) {
        return new ConfigJson(path + "." + key, node.path(key));
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    List<String> keys() {
        List<String> keys = new ArrayList<>();
        Iterator<String> names = node.fieldNames();
        names.forEachRemaining(keys::add);
        return keys;
    }

    int integer(String key) {
        JsonNode value = node.path(key);
        if (!value.canConvertToInt() || !value.isIntegralNumber()) {
            throw fault(key, "an integer");
        }
        return value.intValue();
    }

    /** @throws ConfigException when the product of two integers is none */
    int product(String first, String second) {
        long product = (long) integer(first) * integer(second);
        if (product != (int) product) {
            throw fault(second, "at most " + Integer.MAX_VALUE + " together with " + first);
        }
        return (int) product;
    }

    int integer(String key, int otherwise) {
        return has(key) ? integer(key) : otherwise;
    }

    float number(String key) {
        if (!isFinite(node.path(key))) {
            throw fault(key, node.path(key).isNumber() ? "a number that a float can hold" : "a number");
        }
        return node.path(key).floatValue();
    }

    private static boolean isFinite(JsonNode value) {
        return value.isNumber() && Float.isFinite(value.floatValue());
    }

    float number(String key, float otherwise) {
        return has(key) ? number(key) : otherwise;
    }

    String text(String key) {
        if (!node.path(key).isTextual()) {
            throw fault(key, "a string");
        }
        return node.path(key).textValue();
    }

    /** A string, or null when the key is absent or null. */
    String textOrNull(String key) {
        return has(key) ? text(key) : null;
    }

    String text(String key, String otherwise) {
        return has(key) ? text(key) : otherwise;
    }

    /** Refuses a setting there is only one way of. */
    void requireFlag(String key, boolean only) {
        if (flag(key, only) != only) {
            throw fault(key, String.valueOf(only));
        }
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!node.path(key).isBoolean()) {
            throw fault(key, "true or false");
        }
        return node.path(key).booleanValue();
    }

    List<Integer> integers(String key) {
        return list(key, (item, name) -> {
            if (!item.isIntegralNumber() || !item.canConvertToInt()) {
                throw fault(name, "an integer", item);
            }
            return item.intValue();
        });
    }

    List<Boolean> flags(String key) {
        return list(key, (item, name) -> {
            if (!item.isBoolean()) {
                throw fault(name, "true or false", item);
            }
            return item.booleanValue();
        });
    }

    List<Float> numbers(String key) {
        return list(key, (item, name) -> {
            if (!isFinite(item)) {
                throw fault(name, item.isNumber() ? "a number that a float can hold" : "a number", item);
            }
            return item.floatValue();
        });
    }

    List<String> texts(String key) {
        return list(key, (item, name) -> {
            if (!item.isTextual()) {
                throw fault(name, "a string", item);
            }
            return item.textValue();
        });
    }

    /** A list of {@code count} strings, or one string that stands for all. */
    List<String> texts(String key, int count) {
        List<String> texts = node.path(key).isTextual() ? Collections.nCopies(count, text(key)) : texts(key);
        if (texts.size() != count) {
            throw fault(key, "a string or " + count + " of them");
        }
        return texts;
    }

    private <T> List<T> list(String key, BiFunction<JsonNode, String, T> read) {
        JsonNode value = node.path(key);
        if (!value.isArray()) {
            throw fault(key, "a list");
        }
        List<T> items = new ArrayList<>();
        for (JsonNode item : value) {
            items.add(read.apply(item, path + "." + key + "[" + items.size() + "]"));
        }
        return List.copyOf(items);
    }
}
