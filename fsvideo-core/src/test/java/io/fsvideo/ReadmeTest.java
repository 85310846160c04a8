package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");

    @TempDir
    Path temp;

    @Test
    void theEmbeddingExampleCompiles() throws IOException {
        Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertTrue(block.find(), "README must have a java block");
        String code = block.group(1);
        JavaFileObject source =
                new SimpleJavaFileObject(URI.create("string:///Embed.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return code;
                    }
                };
        StringWriter errors = new StringWriter();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of("-d", temp.toString(), "-cp", System.getProperty("java.class.path"));
        assertTrue(
                compiler.getTask(errors, null, null, options, null, List.of(source))
                        .call(),
                errors.toString());
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
