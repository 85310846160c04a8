package io.fsvideo.examples.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelInit;
import io.fsvideo.examples.spark.Outcome.Status;
import io.fsvideo.media.Video;
import io.fsvideo.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The application in Spark's local mode with two tasks at a time, on the tiny model: one frame, one step. */
class VideosOnSparkTest {
    private static final Path IMAGE =
            Path.of("..", "coffee.jpg").toAbsolutePath().normalize();

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model() {
        return shared.resolve("tiny");
    }

    @BeforeAll
    static void makeModel() {
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write("tiny", 0, model(), backend);
        }
    }

    private String line(Path image, int seed, String out) {
        return "{\"image\": \"" + image + "\", \"prompt\": \"pan left\", \"seed\": " + seed
                + ", \"frames\": 1, \"steps\": 1, \"out\": \"" + folder.resolve(out) + "\"}";
    }

    private Path manifest(String... lines) throws IOException {
        return Files.write(folder.resolve("m.jsonl"), List.of(lines));
    }

    private Map<String, Status> run(Path manifest) throws IOException {
        try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("test"))) {
            return VideosOnSpark.run(spark, Job.readAll(manifest), 3, new Pipeline(model().toString())).stream()
                    .collect(Collectors.toMap(
                            outcome -> folder.relativize(Path.of(outcome.out())).toString(), Outcome::status));
        }
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void makesWhatIsMissingAndListsWhatFailed() throws IOException {
        Path absent = folder.resolve("absent.jpg");
        Path manifest = manifest(
                line(IMAGE, 0, "0.png"),
                line(IMAGE, 1, "1.png"),
                "",
                line(absent, 2, "2.png"),
                line(IMAGE, 3, "3.mp4"),
                line(IMAGE, 4, "4.png"),
                line(IMAGE, 5, "5.png"));
        String[] command = {model().toString(), manifest.toString(), "3"};
        IllegalStateException failed = assertThrows(IllegalStateException.class, () -> VideosOnSpark.main(command));
        assertTrue(failed.getMessage().startsWith("1 of 6 videos could not be made"), failed.getMessage());
        assertTrue(failed.getMessage().contains(absent.toString()), failed.getMessage());
        assertEquals(Set.of("0.png", "1.png", "3.mp4", "4.png", "5.png", "m.jsonl"), files());
        assertEquals("4", Video.readMetadata(folder.resolve("4.png")).get("seed"));

        Files.delete(folder.resolve("1.png"));
        assertEquals(
                Map.of(
                        "0.png", Status.DONE_BEFORE,
                        "1.png", Status.MADE,
                        "2.png", Status.FAILED,
                        "3.mp4", Status.DONE_BEFORE,
                        "4.png", Status.DONE_BEFORE,
                        "5.png", Status.DONE_BEFORE),
                run(manifest));
        Files.copy(IMAGE, absent);
        VideosOnSpark.main(command);
        assertEquals(Set.of("0.png", "1.png", "2.png", "3.mp4", "4.png", "5.png", "absent.jpg", "m.jsonl"), files());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"out\": \"a.png\"}",
                "{\"image\": \"a.jpg\"}",
                "{\"image\": \"a.jpg\", \"out\": \"a.png\", \"speed\": 1}",
                "{\"image\": \"a.jpg\", \"out\": \"a.png\", \"seed\": \"many\"}",
                "{\"image\": \"a.jpg\", \"out\": \"a.exe\"}",
                "{\"image\": \"a.jpg\", \"out\": \"a.png\"} {}",
                "{\"image\": \"a.jpg\", \"out\": \"./b/../first.png\"}",
                "a.jpg"
            })
    void refusesWrongLinesBeforeAnythingRuns(String wrong) throws IOException {
        Path manifest = manifest("{\"image\": \"a.jpg\", \"out\": \"first.png\"}", wrong);
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> Job.readAll(manifest));
        assertTrue(refused.getMessage().startsWith(manifest + " line 2: "), refused.getMessage());
    }
}
