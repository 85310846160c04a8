package io.fsvideo.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The only class that touches the Hugging Face binding, so that {@link Tokenizer} loads without it. While it is loaded, two of the
 * binding's system properties are set and then put back: offline (it would otherwise look for downloads and call home from AWS), and
 * its cache folder when the user's home cannot be written.
 */
final class HuggingFace {
    private static final String OFFLINE = "ai.djl.offline";
    private static final String CACHE = "ENGINE_CACHE_DIR";
    private static final String DJL_CACHE = "DJL_CACHE_DIR";

    private HuggingFace() {}

    static HuggingFaceTokenizer open(Path file, int maxLength) throws IOException {
        Map<String, String> options = Map.of(
                "addSpecialTokens",
                "true",
                "truncation",
                "true",
                "padding",
                "false",
                "maxLength",
                String.valueOf(maxLength),
                "modelMaxLength",
                String.valueOf(maxLength));
        // System properties are global: one opening at a time.
        synchronized (HuggingFace.class) {
            return offline(() -> {
                try (InputStream json = Files.newInputStream(file)) {
                    return HuggingFaceTokenizer.newInstance(json, options);
                }
            });
        }
    }

    private interface Opening {
        HuggingFaceTokenizer open() throws IOException;
    }

    private static HuggingFaceTokenizer offline(Opening opening) throws IOException {
        String offline = System.getProperty(OFFLINE);
        String cache = System.getProperty(CACHE);
        Path temporary = cacheIsUsable() ? null : Files.createTempDirectory("fsvideo-tokenizers");
        try {
            System.setProperty(OFFLINE, "true");
            if (temporary != null) {
                System.setProperty(CACHE, temporary.toString());
            }
            return opening.open();
        } finally {
            restore(OFFLINE, offline);
            restore(CACHE, cache);
            if (temporary != null) {
                deleteOnExit(temporary);
            }
        }
    }

    /** Whether the binding can unpack its library where it wants to: a folder the user named, or one in the home folder. */
    private static boolean cacheIsUsable() {
        boolean named = Stream.of(CACHE, DJL_CACHE)
                .anyMatch(name -> System.getenv(name) != null || System.getProperty(name) != null);
        if (named) {
            return true;
        }
        Path folder = Path.of(System.getProperty("user.home"), ".djl.ai", "tokenizers")
                .toAbsolutePath();
        while (folder != null && !Files.exists(folder)) {
            folder = folder.getParent();
        }
        return folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }

    /** Parents first, because files registered later are deleted earlier. */
    private static void deleteOnExit(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> parentsFirst = paths.sorted(Comparator.naturalOrder()).toList();
            parentsFirst.forEach(path -> path.toFile().deleteOnExit());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
