package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fsvideo.media.Video;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model and its clips inside a zip: a {@link Path} of another file system is as good as one of the default one. */
class ZippedModelTest {
    @TempDir
    Path folder;

    private static void copy(Path from, Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(from)) {
            files = walk.toList();
        }
        for (Path file : files) {
            Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
    }

    @Test
    void aModelInAZipMakesTheSameClipIntoTheZip() throws IOException {
        Video plain;
        try (FsVideo fsVideo = FsVideo.open(SmallModel.directory())) {
            plain = fsVideo.generate(SmallModel.request()).video();
        }
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("model.zip"), Map.of("create", "true"))) {
            copy(SmallModel.directory(), zip.getPath("/model"));
            try (FsVideo fsVideo = FsVideo.open(zip.getPath("/model"))) {
                Video video = fsVideo.generate(SmallModel.request()).video();
                for (String name : List.of("clip.mp4", "clip.gif")) {
                    plain.write(folder.resolve(name));
                    video.write(zip.getPath("/", name));
                    assertArrayEquals(
                            Files.readAllBytes(folder.resolve(name)), Files.readAllBytes(zip.getPath("/", name)));
                    assertFalse(Files.exists(Path.of("/", name)));
                    assertEquals(plain.metadata(), Video.readMetadata(zip.getPath("/", name)));
                }
            }
        }
    }
}
