package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Names and shapes of a checkpoint in few lines: names that differ in their first number alone and have one shape share a line, as in
 * {@code blocks.{0..29}.ffn.0.weight [8960, 1536]}.
 */
public final class Manifest {
    private static final String NUMBER = "\\d+";

    private Manifest() {}

    /** A line per kind of parameter, by name, after one with their number. @param title what it is of */
    public static List<String> of(String title, Requests requests) {
        Map<String, Shape> shapes = requests.shapes();
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(Locale.ROOT, "# %s: %d tensors, %,d parameters", title, shapes.size(), requests.count()));
        Map<String, List<Integer>> numbers = new TreeMap<>();
        shapes.forEach((name, shape) -> {
            String[] segments = name.split("\\.");
            int at = numbered(segments);
            List<Integer> found = numbers.computeIfAbsent(key(segments, at) + " " + shape, line -> new ArrayList<>());
            if (at >= 0) {
                found.add(Integer.parseInt(segments[at]));
            }
        });
        numbers.forEach((line, found) -> lines.add(found.isEmpty() ? line : line.replace("{}", range(found))));
        return lines;
    }

    private static int numbered(String[] segments) {
        for (int i = 0; i < segments.length; i++) {
            if (segments[i].matches(NUMBER)) {
                return i;
            }
        }
        return -1;
    }

    private static String key(String[] segments, int at) {
        String[] open = segments.clone();
        if (at >= 0) {
            open[at] = "{}";
        }
        return String.join(".", open);
    }

    private static String range(List<Integer> found) {
        List<Integer> numbers = found.stream().sorted().toList();
        int first = numbers.get(0);
        int last = numbers.get(numbers.size() - 1);
        if (numbers.size() == 1) {
            return String.valueOf(first);
        }
        int[] all = new int[numbers.size()];
        Arrays.setAll(all, i -> first + i);
        boolean consecutive = Arrays.stream(all).boxed().toList().equals(numbers);
        return consecutive
                ? "{" + first + ".." + last + "}"
                : numbers.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    }
}
