package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every kernel is launched somewhere. */
class InventoryTest {
    private static final Path KERNELS = Path.of("..", "fsvideo-kernels", "src", "main", "cuda");
    private static final Path LAUNCHERS = Path.of("src", "main", "java", "io", "fsvideo", "cuda");

    private static List<String> kernels() throws IOException {
        try (Stream<Path> files = Files.list(KERNELS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".cu"))
                    .map(name -> name.substring(0, name.length() - 3))
                    .sorted()
                    .toList();
        }
    }

    private static String launchers() throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(LAUNCHERS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    @Test
    void everyKernelHasALauncher() throws IOException {
        assertTrue(kernels().contains("layer_norm"));
        String launchers = launchers();
        assertEquals(
                List.of(),
                kernels().stream()
                        .filter(kernel -> !launchers.contains('"' + kernel + '"'))
                        .toList());
    }
}
