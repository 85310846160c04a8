package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");

    /** The example is an application of its own, which is built and run behind the library. */
    @Test
    void theEmbeddingExampleIsTheOneThatRuns() throws IOException {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertTrue(block.find(), "README must have a java block");
        assertEquals(
                Files.readString(Path.of("..", "examples/applications/plain/src/main/java/Animate.java")),
                block.group(1));
    }

    @Test
    void isShortAndStartsWithTheTwoCommands() throws IOException {
        List<String> lines = Files.readAllLines(README);
        assertTrue(lines.size() <= 120, "README must have at most 120 lines, got " + lines.size());
        List<String> commands = lines.stream()
                .filter(line -> line.startsWith("./fsvideo ") || line.startsWith("mvn "))
                .limit(2)
                .toList();
        assertEquals("mvn -B -ntp verify", commands.get(1));
        assertTrue(commands.get(0).startsWith("./fsvideo generate --image examples/"), commands.get(0));
        assertTrue(Files.readString(Path.of("..", ".ci", "run")).contains("\nexec mvn -B -ntp verify"));
    }
}
