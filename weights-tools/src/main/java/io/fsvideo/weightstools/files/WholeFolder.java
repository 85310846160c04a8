package io.fsvideo.weightstools.files;

import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** A new folder that appears with all its contents or not at all. */
public final class WholeFolder {
    private static final double MEBI = 1 << 20;

    private final Path target;

    public WholeFolder(Path target) {
        this.target = target.toAbsolutePath().normalize();
    }

    /** Writes into the folder it is given, which exists and is empty. */
    public interface Content {
        void write(Path folder) throws IOException;
    }

    /** Asks before the work. @throws FsVideoException unless the target is new or empty, and its disk has {@code bytes} free */
    public void requireRoom(long bytes) {
        try {
            requireEmpty();
            long free = Files.getFileStore(existing()).getUsableSpace();
            if (free < bytes) {
                throw new FsVideoException(String.format(
                        Locale.ROOT,
                        "output: disk of %s must have %,.1f MiB free, got %,.1f MiB; choose another disk",
                        target,
                        bytes / MEBI,
                        free / MEBI));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** @throws FsVideoException when the folder cannot be written; then nothing is left behind */
    public void write(Content content) {
        try {
            requireEmpty();
            try (Temporary temporary = Temporary.in(existing())) {
                content.write(Files.createDirectory(temporary.path()));
                Files.createDirectories(target.getParent());
                temporary.moveTo(target);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** The nearest folder around the target that is there. */
    private Path existing() throws IOException {
        Path folder = target.getParent();
        while (folder != null && !Files.exists(folder)) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IOException("there is no folder around it");
        }
        return folder;
    }

    private void requireEmpty() throws IOException {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean folder = Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS);
        if (folder) {
            try (Stream<Path> entries = Files.list(target)) {
                folder = entries.findAny().isEmpty();
            }
        }
        if (!folder) {
            throw new FsVideoException("output: " + target
                    + " must be a new or empty folder, got one that holds something, or no folder; choose another");
        }
    }

    private FsVideoException unwritable(IOException e) {
        return new FsVideoException("output: " + target + " must be writable, got " + e, e);
    }
}
