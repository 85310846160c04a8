package io.fsvideo.weights;

import io.fsvideo.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Named tensors in files of one format, under the names that stand there: what {@link Safetensors}, {@link Gguf} and {@link PthFile} have in common. */
public interface Container extends TensorSource, AutoCloseable {
    /**
     * Opens a checkpoint, found out by its content: a GGUF file, one of {@code torch.save}, a folder with one {@code *.gguf} and nothing else
     * to read, or what {@link Safetensors#open} takes. Opening reads headers only.
     *
     * @throws WeightsException naming file, key, expected and found
     */
    static Container open(Path fileOrFolder) {
        if (Files.isRegularFile(fileOrFolder)) {
            return openFile(fileOrFolder);
        }
        List<Path> files = ggufFiles(fileOrFolder);
        if (files.isEmpty() || !Shards.list(fileOrFolder, Shards.SUFFIX).isEmpty()) {
            return Safetensors.open(fileOrFolder);
        }
        if (files.size() > 1) {
            throw Fault.of(fileOrFolder, "folder", "with one *.gguf", files);
        }
        return Gguf.open(files.get(0));
    }

    private static Container openFile(Path file) {
        if (Gguf.isOne(file)) {
            return Gguf.open(file);
        }
        return PthFile.isOne(file) ? PthFile.open(file) : Safetensors.open(file);
    }

    /** The {@code *.gguf} files of a folder, by name; none where it is no folder. */
    static List<Path> ggufFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().endsWith(".gguf"))
                    .filter(file -> !file.getFileName().toString().startsWith("._"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw Fault.of(folder, "folder", "readable", e);
        }
    }

    /** The format's name for a tensor's element type, for example BF16 or Q4_K. @throws WeightsException when there is no such key */
    String storedType(String key);

    /** The dtype that {@link #load} gives. @throws WeightsException when there is no such key */
    DType dtype(String key);

    /** Whether {@link #read} gives values of {@link #dtype} instead of stored bytes, as it does for quantised types. */
    default boolean isDecoded(String key) {
        return false;
    }

    /** Bytes that a tensor takes in its file. @throws WeightsException when there is no such key */
    long bytes(String key);

    /**
     * Fills what remains of {@code target} with a tensor's bytes, little endian and row-major, from byte {@code offset} on: those stored, or for
     * quantised types those of {@link #dtype}.
     *
     * @throws WeightsException when there is no such key, the tensor is shorter, or it cannot be read
     */
    void read(String key, long offset, ByteBuffer target);

    /** The header's free-form strings. */
    Map<String, String> metadata();

    /** Closes the files; loaded tensors stay. */
    @Override
    void close();
}
