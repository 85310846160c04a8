package io.fsvideo.weights;

import io.fsvideo.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The parameters a model asks for, in the order it asks. */
public final class Requests {
    private static final int LISTED = 20;
    /** Missing parameters after which a model is no longer asked for the rest: its configuration is another model's, or hostile. */
    private static final int MOST_MISSING = 1000;

    private final Map<String, Shape> shapes = new LinkedHashMap<>();
    private final List<String> ignored = new ArrayList<>();
    private final TensorSource source;
    private int missing;

    Requests() {
        this(null);
    }

    /** @param source what each parameter is looked for in as it is asked for; null for none */
    Requests(TensorSource source) {
        this.source = source == null || source.shapes() == null ? null : source;
    }

    /** @throws WeightsException when too many parameters are missing for the model to be the checkpoint's */
    void add(String key, Shape shape) {
        if (source != null && !source.shapes().containsKey(key) && ++missing > MOST_MISSING) {
            List<String> first = shapes.keySet().stream()
                    .filter(asked -> !source.shapes().containsKey(asked))
                    .toList();
            throw new WeightsException("weights: " + source.description() + " must fit the model, got more than "
                    + list("missing", first) + seen(source));
        }
        Shape other = shapes.putIfAbsent(key, shape);
        if (other != null && !other.equals(shape)) {
            throw new WeightsException(
                    "weights: " + key + " must be asked for with one shape, got " + other + " and " + shape);
        }
    }

    void ignore(String prefix) {
        ignored.add(prefix);
    }

    /** Key and shape of every parameter, in the order asked for. */
    public Map<String, Shape> shapes() {
        return Collections.unmodifiableMap(shapes);
    }

    /** Number of parameters. */
    public long count() {
        return shapes.values().stream().mapToLong(Shape::numel).sum();
    }

    void check(TensorSource source) {
        Map<String, Shape> found = source.shapes();
        List<String> missing = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        shapes.forEach((key, shape) -> {
            if (!found.containsKey(key)) {
                missing.add(key + " " + shape);
            } else if (!found.get(key).equals(shape)) {
                wrong.add(key + " must be " + shape + ", got " + found.get(key));
            }
        });
        List<String> unused = new ArrayList<>();
        for (String key : new TreeSet<>(found.keySet())) {
            Shape scaled = scaledBy(key);
            if (scaled != null && !found.get(key).equals(Shape.of(scaled.dim(0)))) {
                wrong.add(key + " must be [" + scaled.dim(0) + "], got " + found.get(key));
            }
            if (!shapes.containsKey(key) && scaled == null && ignored.stream().noneMatch(key::startsWith)) {
                unused.add(Fault.shortened(key) + " " + found.get(key));
            }
        }
        if (!missing.isEmpty() || !wrong.isEmpty() || !unused.isEmpty()) {
            throw new WeightsException("weights: " + source.description() + " must fit the model, got "
                    + list("missing", missing) + "; " + list("unused", unused) + "; " + list("wrong shape", wrong)
                    + (missing.size() * 2 > shapes.size() ? seen(source) : ""));
        }
    }

    /** What a checkpoint seems to be instead, and what all its names begin with. */
    private static String seen(TensorSource source) {
        Set<String> names = source.shapes().keySet();
        String prefix = names.stream().reduce(Requests::common).orElse("");
        String begin = prefix.substring(0, prefix.lastIndexOf('.') + 1);
        String guess = ModelGuess.of(source.shapes());
        return (begin.isEmpty() ? "" : "; every name begins with " + Fault.shortened(begin))
                + (guess.equals(ModelGuess.UNKNOWN) ? "" : "; it looks like " + guess)
                + (source.findings().isEmpty() ? "" : "; found: " + String.join("; ", source.findings()));
    }

    private static String common(String a, String b) {
        int length = 0;
        while (length < Math.min(a.length(), b.length()) && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return a.substring(0, length);
    }

    /** Shape of the parameter whose scales {@code key} is, null when it is something else. */
    private Shape scaledBy(String key) {
        String base =
                key.endsWith(TensorSource.SCALE) ? key.substring(0, key.length() - TensorSource.SCALE.length()) : "";
        Shape shape = shapes.get(base);
        return shape == null || shape.rank() < 2 ? null : shape;
    }

    private static String list(String what, List<String> items) {
        String shown = String.join(", ", items.subList(0, Math.min(LISTED, items.size())));
        return items.size() + " " + what + (items.isEmpty() ? "" : ": " + shown) + (items.size() > LISTED ? ", …" : "");
    }
}
