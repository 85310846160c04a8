package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The server needs nothing of the library that other applications may not use. */
class EmbedderTest {
    private static final Pattern USED = Pattern.compile("\\bio\\.fsvideo((?:\\.[a-z]\\w*)*)\\.([A-Z]\\w*)");
    private static final Set<String> OPEN = Set.of("", ".media", ".cli");
    private static final Set<String> ERRORS = Set.of("FsVideoException", "OutOfMemoryException");

    @Test
    void usesThePackagesOfEmbeddersOnly() throws IOException {
        Set<String> others = new TreeSet<>();
        int uses = 0;
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Matcher used = USED.matcher(Files.readString(file));
                while (used.find()) {
                    uses++;
                    boolean isError = used.group(1).equals(".tensor") && ERRORS.contains(used.group(2));
                    if (!OPEN.contains(used.group(1)) && !isError) {
                        others.add(file.getFileName() + " uses " + used.group());
                    }
                }
            }
        }
        assertTrue(uses > 20, uses + " uses");
        assertEquals(Set.of(), others);
    }
}
