package io.fsvideo.cuda.natives;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/**
 * The machine as the search sees it.
 *
 * @param root folder that stands for {@code /}
 */
record Host(Path root, Map<String, String> environment, Properties properties) {
    static Host current() {
        return new Host(Path.of("/"), System.getenv(), System.getProperties());
    }

    /** An environment variable, null when unset or empty. */
    String variable(String name) {
        return nonEmpty(environment.get(name));
    }

    /** A system property, null when unset or empty. */
    String property(String name) {
        return nonEmpty(properties.getProperty(name));
    }

    /** A path of the machine, given absolutely. */
    Path path(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    private static String nonEmpty(String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
