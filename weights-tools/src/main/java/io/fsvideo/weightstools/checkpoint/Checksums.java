package io.fsvideo.weightstools.checkpoint;

import io.fsvideo.weights.FileChecksum;
import io.fsvideo.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** SHA-256 of the files of a folder, in a file that {@code sha256sum -c} understands. */
public final class Checksums {
    /** Name of that file. */
    public static final String FILE = "SHA256SUMS";

    private static final String LINE = "([0-9a-f]{64})  ([^/\\\\]+)";

    private final Map<String, String> known = new HashMap<>();

    /** Told after every file. */
    public interface Listener {
        void onFile(long done, long all);
    }

    /** A file whose checksum is known from writing it, in hexadecimal. */
    public void add(Path file, String sha256) {
        known.put(file.getFileName().toString(), sha256);
    }

    /** Writes {@link #FILE} for every file in {@code folder}; those that were not added are read. */
    public void write(Path folder) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Path file : files(folder)) {
            String name = file.getFileName().toString();
            String sha256 = known.containsKey(name) ? known.get(name) : FileChecksum.of(file);
            lines.append(sha256).append("  ").append(name).append('\n');
        }
        Files.writeString(folder.resolve(FILE), lines);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /**
     * Reads every file that {@link #FILE} of {@code folder} names.
     *
     * @return how many; 0 when there is no such file
     * @throws WeightsException naming the first file that is absent or another
     */
    public static int verify(Path folder, Listener listener) {
        Path sums = folder.resolve(FILE);
        if (!Files.exists(sums)) {
            return 0;
        }
        try {
            List<String> lines = Files.readAllLines(sums);
            for (int i = 0; i < lines.size(); i++) {
                verify(sums, lines.get(i));
                listener.onFile(i + 1, lines.size());
            }
            return lines.size();
        } catch (IOException e) {
            throw new WeightsException("weights: " + sums + " must be readable, got " + e, e);
        }
    }

    private static void verify(Path sums, String line) throws IOException {
        if (!line.matches(LINE)) {
            throw new WeightsException(
                    "weights: " + sums + ": lines must be a SHA-256, two spaces and a plain file name, got another");
        }
        Path file = sums.resolveSibling(line.substring(66));
        String got = Files.isRegularFile(file) ? FileChecksum.of(file) : "no such file";
        if (!line.startsWith(got)) {
            throw new WeightsException("weights: " + file + ": SHA-256 must be " + line.substring(0, 64) + " as " + FILE
                    + " says, got " + got);
        }
    }
}
