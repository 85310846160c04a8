package io.fsvideo.weightstools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.cli.CommandRun;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.Pickles;
import io.fsvideo.weights.SafetensorsWriter;
import io.fsvideo.weights.SafetensorsWriter.Declared;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Malicious and broken files, given to the commands that write: one error, and nothing is written. */
@Timeout(30)
class BrokenFilesTest {
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir
    Path folder;

    /** Shards of which something is wrong, with what the error has to say. */
    enum Shards {
        TRUNCATED("truncated?") {
            @Override
            void spoil(Path shards) throws IOException {
                byte[] bytes = Files.readAllBytes(shards.resolve(SECOND));
                Files.write(shards.resolve(SECOND), Arrays.copyOf(bytes, bytes.length - 1));
            }
        },
        NAMED_BUT_MISSING("must be a file, got nothing there") {
            @Override
            void spoil(Path shards) throws IOException {
                Files.delete(shards.resolve(SECOND));
            }
        },
        DUPLICATE_TENSORS("must be in one file only") {
            @Override
            void spoil(Path shards) throws IOException {
                write(shards.resolve(SECOND), "a");
            }
        },
        UNKNOWN_TYPE("dtype of b must be one of") {
            @Override
            void spoil(Path shards) throws IOException {
                byte[] bytes = Files.readAllBytes(shards.resolve(SECOND));
                String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("F32", "C64");
                Files.write(shards.resolve(SECOND), text.getBytes(StandardCharsets.ISO_8859_1));
            }
        },
        LINK_TO_ELSEWHERE("must be in its folder, got a link") {
            @Override
            void spoil(Path shards) throws IOException {
                Path elsewhere = Files.move(shards.resolve(SECOND), shards.resolveSibling("elsewhere.safetensors"));
                Files.createSymbolicLink(shards.resolve(SECOND), elsewhere);
            }
        },
        INDEX_TO_ELSEWHERE("a plain name ending in .safetensors, got \"../elsewhere.safetensors\"") {
            @Override
            void spoil(Path shards) throws IOException {
                Files.move(shards.resolve(SECOND), shards.resolveSibling("elsewhere.safetensors"));
                Path index = shards.resolve("model.safetensors.index.json");
                Files.writeString(index, Files.readString(index).replace(SECOND, "../elsewhere.safetensors"));
            }
        };

        private final String fact;

        Shards(String fact) {
            this.fact = fact;
        }

        abstract void spoil(Path shards) throws IOException;

        static void write(Path file, String name) {
            Map<String, Declared> one = Map.of(name, new Declared(DType.F32, Shape.of(2)));
            try (SafetensorsWriter writer = SafetensorsWriter.create(file, one, Map.of())) {
                writer.write(name, new float[2], 0, 2);
                writer.commit();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Shards.class)
    void shards(Shards kind) throws IOException {
        Path shards = Files.createDirectory(folder.resolve("shards"));
        String first = "model-00001-of-00002.safetensors";
        Shards.write(shards.resolve(first), "a");
        Shards.write(shards.resolve(SECOND), "b");
        Files.writeString(
                shards.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"" + first + "\",\"b\":\"" + SECOND + "\"}}");
        kind.spoil(shards);
        TreeSet<Path> before = files();
        for (List<Object> command : List.of(
                List.<Object>of("convert", shards, "--config", "wan21-vae"),
                List.<Object>of("split", shards, "--max-size", "1MB"),
                List.<Object>of("merge", shards),
                List.<Object>of("quantize", shards, "--type", "bf16"))) {
            assertRefused(command, kind.fact);
        }
        assertEquals(before, files());
    }

    static Stream<String> pickles() throws IOException {
        try (Stream<Path> files = Files.list(Pickles.MADE)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("bad-"))
                    .sorted()
                    .collect(Collectors.toList());
            names.addAll(List.of("deep-recursion", "memo-bomb"));
            return names.stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pickles")
    void pickle(String name) throws IOException {
        Path file = switch (name) {
            case "deep-recursion" -> Pickles.file(folder.resolve("a.pth"), Pickles.program("", "(", 100_000, "."));
            case "memo-bomb" -> Pickles.file(folder.resolve("a.pth"), Pickles.program("]", "\u0094", 1_000_001, "."));
            default -> Files.copy(Pickles.MADE.resolve(name), folder.resolve(name));
        };
        TreeSet<Path> before = files();
        assertRefused(List.of("convert", file, "--config", "wan21-vae"), " must be ");
        assertEquals(before, files());
        assertFalse(Files.exists(Path.of("target/pickle-ran")));
    }

    private void assertRefused(List<Object> command, String fact) {
        Object[] arguments = Stream.of(
                        Stream.of("weights"), command.stream(), Stream.of("--out", folder.resolve("out")))
                .flatMap(words -> words)
                .toArray();
        CommandRun run = CommandRun.of(arguments);
        assertEquals(1, run.exitCode(), () -> command + run.err());
        List<String> errors =
                run.err().lines().filter(line -> line.startsWith("error: ")).toList();
        assertEquals(1, errors.size(), run.err());
        assertTrue(errors.get(0).contains(fact), () -> command + ": no '" + fact + "' in: " + run.err());
    }

    private TreeSet<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
