package io.fsvideo.weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A tuple of a pickle.
 *
 * @param depth 1 more than the deepest tuple in it
 */
record Tuple(List<Object> items, int depth) {
    int size() {
        return items.size();
    }

    /** @throws io.fsvideo.weights.WeightsException when there is no such item or it is of another kind */
    <T> T get(int index, Class<T> kind, Path file) {
        Object item = index < items.size() ? items.get(index) : "nothing";
        if (index >= items.size() || !kind.isInstance(item)) {
            String rule = index + " of at least " + (index + 1) + " to be a " + kind.getSimpleName();
            throw Fault.of(file, "argument of a rebuilding step", rule, kind(item) + " of " + items.size());
        }
        return kind.cast(item);
    }

    /** A word for messages: contents may be huge or contain themselves. */
    static String kind(Object value) {
        if (value instanceof Map) {
            return "a dict";
        }
        if (value instanceof List) {
            return "a list";
        }
        return value instanceof String text
                ? "'" + Fault.shortened(text) + "'"
                : value.getClass().getSimpleName();
    }
}
