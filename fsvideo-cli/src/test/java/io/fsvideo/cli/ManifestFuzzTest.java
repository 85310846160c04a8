package io.fsvideo.cli;

import io.fsvideo.robust.Fuzz;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestFuzzTest {
    @TempDir
    Path folder;

    @Test
    void manifests() {
        String lines =
                "{\"image\": \"a.jpg\", \"prompt\": \"pan left\", \"out\": \"a.mp4\", \"seed\": 7, \"steps\": 3}\n"
                        + "{\"image\": \"b.jpg\", \"prompt\": \"zoom\", \"out\": \"b.gif\", \"size\": \"256x256\"}\n";
        Fuzz.run("batch manifest", lines.getBytes(StandardCharsets.UTF_8), 2000, Fuzz::json, input -> {
            BatchManifest.read(Files.write(folder.resolve("manifest.jsonl"), input));
        });
    }
}
