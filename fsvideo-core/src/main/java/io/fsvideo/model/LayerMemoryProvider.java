package io.fsvideo.model;

import java.util.List;
import java.util.Optional;

/**
 * Service that makes layer memories by the names that configurations and options call them by. Its class, with a public constructor
 * without arguments, stands in a line of {@code META-INF/services/io.fsvideo.model.LayerMemoryProvider} on the class path.
 *
 * @since 0.1
 */
public interface LayerMemoryProvider {
    /** Returns the names served, for messages: {@code latest_average}, or {@code latest_average:N} for names with a number. */
    List<String> names();

    /**
     * Returns the variant of this name, or nothing when it is not one of this provider's.
     *
     * @throws ConfigException when it is, but a number in it is out of range
     */
    Optional<LayerMemory.Variant> variant(String name);
}
