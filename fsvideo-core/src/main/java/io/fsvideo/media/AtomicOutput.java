package io.fsvideo.media;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Writes a file or directory under a temporary name beside its target and moves it into place, or leaves no trace. */
final class AtomicOutput {
    private static final String PREFIX = ".fsvideo-";
    private static final String SUFFIX = ".tmp";
    private static final Duration STALE = Duration.ofDays(1);

    private final Path target;

    AtomicOutput(Path target) {
        this.target = target;
    }

    /** Something that writes to the path it is given. */
    interface Content {
        void write(Path file) throws IOException;
    }

    /** Writes the content; any failure becomes one {@link VideoException}. */
    void write(VideoFormat format, Content content) {
        besideTarget(format, (temporary, place) -> {
            if (place.getFileSystem() == FileSystems.getDefault()) {
                content.write(temporary);
                Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
            } else {
                writeElsewhere(content, place);
            }
        });
    }

    /**
     * Writes to another file system, such as a zip's: the file is made on the default one, which every encoder can
     * write to, and copied.
     */
    private static void writeElsewhere(Content content, Path place) throws IOException {
        Path folder = Files.createTempDirectory(PREFIX);
        try {
            Path made = folder.resolve("made");
            content.write(made);
            List<Path> paths;
            try (Stream<Path> walk = Files.walk(made)) {
                paths = walk.toList();
            }
            for (Path path : paths) {
                Path copy = path.equals(made)
                        ? place
                        : place.resolve(path.getFileName().toString());
                Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            delete(folder);
        }
    }

    /** Whether {@link #write} could start now; a {@link VideoException} if not. */
    void requireWritable(VideoFormat format) {
        besideTarget(format, (temporary, place) -> Files.createFile(temporary));
    }

    /** Work on a temporary path beside the place of the target. */
    private interface Work {
        void run(Path temporary, Path place) throws IOException;
    }

    private void besideTarget(VideoFormat format, Work work) {
        try {
            Path place = place(format);
            removeStale(place);
            // Not by the target's name, which may be as long as a name can be.
            Path temporary = place.resolveSibling(PREFIX + UUID.randomUUID() + SUFFIX);
            try {
                work.run(temporary, place);
            } finally {
                delete(temporary);
            }
        } catch (IOException e) {
            throw new VideoException("Video.write: " + target + " cannot be written: " + reason(e), e);
        }
    }

    /** What runs that were killed have left beside the target. */
    private static void removeStale(Path place) throws IOException {
        FileTime yesterday = FileTime.from(Instant.now().minus(STALE));
        List<Path> stale;
        try (DirectoryStream<Path> found = Files.newDirectoryStream(place.getParent(), PREFIX + "*" + SUFFIX)) {
            stale = StreamSupport.stream(found.spliterator(), false).toList();
        }
        for (Path path : stale) {
            if (Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).compareTo(yesterday) < 0) {
                delete(path);
            }
        }
    }

    /** Where the result goes: links are followed, and only a regular file or an empty directory is ever replaced. */
    private Path place(VideoFormat format) throws IOException {
        Path absolute = target.toAbsolutePath();
        if (!Files.exists(absolute)) {
            if (Files.isSymbolicLink(absolute)) {
                throw new RefusedException("it is a link to nothing; remove it or give another target");
            }
            return parentOf(absolute);
        }
        Path real = absolute.toRealPath();
        if (format == VideoFormat.PNG_SEQUENCE) {
            requireEmptyDirectory(real);
        } else if (!Files.isRegularFile(real)) {
            throw new RefusedException("it exists and is no regular file; give another target");
        }
        return real;
    }

    private static Path parentOf(Path absolute) throws IOException {
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new RefusedException("its directory " + parent + " does not exist; create it first");
        }
        return absolute;
    }

    private static void requireEmptyDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new RefusedException("it exists and is no directory; give another target");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new RefusedException("the directory is not empty; empty it or give another target");
            }
        }
    }

    private static String reason(IOException e) {
        if (e instanceof RefusedException) {
            return e.getMessage();
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied for " + e.getMessage() + "; choose a directory you may write to";
        }
        String reason = e instanceof FileSystemException system && system.getReason() != null
                ? system.getReason()
                : String.valueOf(e.getMessage());
        return reason + "; check free space and permissions, or give another target";
    }

    private static void delete(Path temporary) throws IOException {
        if (!Files.exists(temporary, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(temporary)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
