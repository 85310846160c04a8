package io.fsvideo.media;

import io.fsvideo.files.Temporary;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Writes a file or directory under a temporary name beside its target and moves it into place, or leaves no trace. */
final class AtomicOutput {
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
                content.write(temporary.path());
                temporary.moveTo(place);
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
        try (Temporary folder = Temporary.folder()) {
            Path made = folder.path().resolve("made");
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
        }
    }

    /** Whether {@link #write} could start now; a {@link VideoException} if not. */
    void requireWritable(VideoFormat format) {
        besideTarget(format, (temporary, place) -> Files.createFile(temporary.path()));
    }

    /** Work on a temporary path beside the place of the target. */
    private interface Work {
        void run(Temporary temporary, Path place) throws IOException;
    }

    private void besideTarget(VideoFormat format, Work work) {
        try {
            Path place = place(format);
            try (Temporary temporary = Temporary.beside(place)) {
                work.run(temporary, place);
            }
        } catch (IOException e) {
            throw new VideoException("Video.write: " + target + " cannot be written: " + reason(e), e);
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
}
