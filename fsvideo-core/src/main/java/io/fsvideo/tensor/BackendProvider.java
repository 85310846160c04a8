package io.fsvideo.tensor;

/** Service that makes {@link Backend}s; registered in {@code META-INF/services}. */
public interface BackendProvider {
    /** The names served, for error messages, e.g. {@code cuda:0, cuda:1, ...}. */
    String names();

    boolean serves(String name);

    /** @throws BackendException when a library is missing or unusable: what was needed, what was found, where it looked */
    Backend open(String name, BackendOptions options);
}
