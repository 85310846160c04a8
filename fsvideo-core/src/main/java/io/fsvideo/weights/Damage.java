package io.fsvideo.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds all that keeps a checkpoint from being read, which {@link Container#open} reports one at a time. */
public final class Damage {
    private static final String POINTER = "version https://git-lfs";

    private Damage() {}

    /** What is wrong with the checkpoint in {@code folder}, by file; empty when its headers hold. Data is not read. */
    public static List<String> of(Path folder) {
        try {
            Container.open(folder).close();
            return List.of();
        } catch (WeightsException whole) {
            List<String> found = Container.ggufFiles(folder).isEmpty() ? byFile(folder) : List.of();
            return found.isEmpty() ? List.of(whole.getMessage()) : found;
        }
    }

    private static List<String> byFile(Path folder) {
        List<String> found = new ArrayList<>();
        try {
            for (Path file : Shards.find(folder).files()) {
                add(found, file);
            }
        } catch (WeightsException e) {
            found.add(e.getMessage());
        }
        return found;
    }

    private static void add(List<String> found, Path file) {
        if (!Files.isRegularFile(file)) {
            found.add(file + " is not there");
        } else if (isPointer(file)) {
            found.add(file + " is a Git LFS pointer, not the file");
        } else {
            try {
                Safetensors.open(file).close();
            } catch (WeightsException e) {
                found.add(e.getMessage());
            }
        }
    }

    private static boolean isPointer(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(POINTER.length()), StandardCharsets.US_ASCII).equals(POINTER);
        } catch (IOException e) {
            return false;
        }
    }
}
