package io.fsvideo.weightstools.convert;

import io.fsvideo.weights.Gguf;
import io.fsvideo.weights.PthFile;
import io.fsvideo.weights.WeightsException;
import io.fsvideo.weightstools.checkpoint.Checkpoint;
import io.fsvideo.weightstools.checkpoint.TensorFile;
import io.fsvideo.weightstools.shard.RankFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Opens a checkpoint of either kind. */
public final class Source {
    private Source() {}

    /**
     * A {@code .pth} or {@code .pt} file, a GGUF file, a {@code .safetensors} file, or a folder of such shards, under the names and with the
     * values that a model reads.
     *
     * @throws WeightsException when it is none of these, is damaged, or has shards outside its folder
     */
    public static Checkpoint open(Path path) {
        requireWhole(path);
        return Checkpoint.open(path);
    }

    /** The same, or a model directory. */
    public static Checkpoint openAny(Path path) {
        return Checkpoint.open(path);
    }

    /** The same under the names and in the types that stand in the files. */
    public static Checkpoint anyAsStored(Path path) {
        return Checkpoint.asStored(path);
    }

    /** A {@code .safetensors} file or a folder of such shards, as they are stored. @throws WeightsException as {@link #open} */
    public static Checkpoint openSafetensors(Path path) {
        requireWhole(path);
        return Checkpoint.asStored(path);
    }

    private static void requireWhole(Path path) {
        String name = String.valueOf(path.getFileName());
        if (Files.isDirectory(path)) {
            requireInside(path);
            if (RankFiles.areIn(path)) {
                throw new WeightsException(
                        "weights: " + path
                                + ": folder must have a whole checkpoint, got files of ranks; first join them with: fsvideo weights merge");
            }
        } else if (!name.endsWith(".safetensors")
                && !PthFile.isOne(path)
                && !(Files.isRegularFile(path) && Gguf.isOne(path))) {
            throw new WeightsException("weights: " + path
                    + ": checkpoint must be a folder or end in .safetensors, .gguf, .pth or .pt, got " + name);
        }
    }

    /**
     * Opens what {@link #openSafetensors} opens, or a folder with the files of all ranks as what they were cut from.
     */
    public static TensorFile openJoined(Path path) {
        if (!RankFiles.areIn(path)) {
            return openSafetensors(path);
        }
        requireInside(path);
        return RankFiles.open(path);
    }

    /** A folder from elsewhere must not make us read files elsewhere. */
    private static void requireInside(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.sorted().toList();
            Path real = folder.toRealPath();
            for (Path file : files) {
                if (Files.isSymbolicLink(file) && !isInside(file, real)) {
                    throw new WeightsException("weights: " + file
                            + ": file must be in its folder, got a link to another; put a copy in its place");
                }
            }
        } catch (IOException e) {
            throw new WeightsException("weights: " + folder + ": folder must be readable, got " + e, e);
        }
    }

    private static boolean isInside(Path link, Path folder) throws IOException {
        return Files.exists(link) && link.toRealPath().startsWith(folder);
    }
}
