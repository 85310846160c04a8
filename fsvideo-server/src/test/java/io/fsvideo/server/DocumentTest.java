package io.fsvideo.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fsvideo.media.Video;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/server.md} tells to do works. */
@Timeout(120)
class DocumentTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void theLinesOfCurlMakeAClip() throws Exception {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, "curl"))),
                "needs curl on the PATH");
        Matcher block = Pattern.compile("```bash\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("docs").resolve("server.md")));
        assertTrue(block.find());
        List<String> lines = block.group(1).lines().toList();
        assertTrue(lines.size() <= 5, lines.toString());
        try (ServedModel served =
                new ServedModel(ServedModel.options(Files.createDirectory(folder.resolve("clips"))), 8)) {
            Files.createSymbolicLink(folder.resolve("examples"), ROOT.resolve("examples"));
            ProcessBuilder script = new ProcessBuilder("bash", "-e", "-c", block.group(1)).directory(folder.toFile());
            script.environment()
                    .put("server", served.server.address().toString().replaceFirst("/$", ""));
            Process running = script.redirectErrorStream(true).start();
            String said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, running.waitFor(), said);
            assertTrue(said.endsWith("event: done\n"), said);
            assertEquals("7", Video.readMetadata(folder.resolve("clip.mp4")).get("seed"));
        }
    }
}
