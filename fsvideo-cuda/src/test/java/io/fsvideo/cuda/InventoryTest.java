package io.fsvideo.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every kernel has the launcher of its name. */
class InventoryTest {
    private static final Path KERNELS = Path.of("..", "fsvideo-kernels", "src", "main", "cuda");
    /** The tensor package has a class of that name. */
    private static final Map<String, String> RENAMED = Map.of("activation", "Activations");

    private static List<String> kernels() throws IOException {
        try (Stream<Path> files = Files.list(KERNELS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".cu"))
                    .map(name -> name.substring(0, name.length() - 3))
                    .sorted()
                    .toList();
        }
    }

    private static String launcher(String kernel) {
        StringBuilder name = new StringBuilder();
        for (String word : kernel.split("_")) {
            name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
        }
        return RENAMED.getOrDefault(kernel, name.toString());
    }

    @Test
    void everyKernelHasALauncher() throws IOException {
        assertTrue(kernels().contains("layer_norm"));
        List<String> without = new ArrayList<>();
        for (String kernel : kernels()) {
            Path file = Path.of("src/main/java/io/fsvideo/cuda", launcher(kernel) + ".java");
            if (!Files.exists(file) || !Files.readString(file).contains("\"" + kernel + "\"")) {
                without.add(kernel);
            }
        }
        assertEquals(List.of(), without);
    }
}
