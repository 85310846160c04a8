package io.fsvideo.bench;

import java.util.Arrays;

/** Reads a shape parameter {@code name:AxBxC}: whose shape it is, and its sizes. */
final class BenchShape {
    private static final String SUFFIX = "Bench";

    private BenchShape() {}

    /** Simple name of a bench; JMH runs generated subclasses. */
    static String bench(Class<?> generated) {
        String name = generated.getSimpleName();
        return name.substring(0, name.indexOf(SUFFIX) + SUFFIX.length());
    }

    /** Whose shape it is. */
    static String owner(String shape) {
        return shape.substring(0, shape.indexOf(':'));
    }

    /** @throws IllegalArgumentException when it is not of that form */
    static long[] sizes(String shape) {
        if (!shape.matches("[a-z0-9._]+:[0-9]{1,9}(x[0-9]{1,9})*")) {
            throw new IllegalArgumentException("bench: shape must be <name>:<size>x<size>…, got " + shape);
        }
        return Arrays.stream(shape.substring(shape.indexOf(':') + 1).split("x"))
                .mapToLong(Long::parseLong)
                .toArray();
    }
}
