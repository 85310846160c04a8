package io.fsvideo.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A place for a file or folder that becomes a result, or nothing. Its name is of one length whatever the result's is, so that names as long
 * as a file system takes are possible; closing it removes it with all in it. What killed processes left of this user's is found by its name, in the
 * same folder, and removed a day after its last change.
 */
public final class Temporary implements AutoCloseable {
    private static final String PREFIX = ".fsvideo-";
    private static final String SUFFIX = ".tmp";
    private static final Duration STALE = Duration.ofDays(1);

    private final Path path;

    private Temporary(Path path) {
        this.path = path;
    }

    /** A place beside {@code target}, where nothing is yet: on the same file system, so that {@link #moveTo} takes one step. */
    public static Temporary beside(Path target) {
        return in(target.toAbsolutePath().getParent());
    }

    /** A place in this folder, where nothing is yet. */
    public static Temporary in(Path folder) {
        removeStale(folder, PREFIX + "*" + SUFFIX);
        return new Temporary(folder.resolve(PREFIX + UUID.randomUUID() + SUFFIX));
    }

    /** A new folder in the JVM's temporary folder that only this user can enter. @throws IOException when none can be made there */
    public static Temporary folder() throws IOException {
        String place = System.getProperty("java.io.tmpdir");
        Temporary made = in(Path.of(place));
        try {
            Files.createDirectory(made.path, onlyThisUser("rwx------"));
        } catch (IOException e) {
            throw new IOException(
                    "the temporary folder must be one that this user may write to, got " + place + " (" + e
                            + "); name another with -Djava.io.tmpdir=FOLDER",
                    e);
        }
        return made;
    }

    /** Permissions for something new, such as {@code rw-------}. */
    public static FileAttribute<?> onlyThisUser(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /** The place; whoever asked for it makes a file or folder of it. */
    public Path path() {
        return path;
    }

    /** Moves what is there to its target in one step, replacing a file that is there. @throws IOException when it cannot be moved */
    public void moveTo(Path target) throws IOException {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Removes what is still there. @throws IOException when it cannot be removed */
    @Override
    public void close() throws IOException {
        remove(path);
    }

    /**
     * Removes what is in a folder under names of this pattern, belongs to this user and was not changed for a day, with all in it. Whatever cannot be
     * looked at or removed is left: it is not what the caller came for.
     *
     * @param glob as {@link Files#newDirectoryStream(Path, String)} has it
     */
    public static void removeStale(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, glob)) {
            paths.forEach(found::add);
        } catch (IOException | RuntimeException e) {
            return;
        }
        FileTime yesterday = FileTime.from(Instant.now().minus(STALE));
        for (Path path : found) {
            try {
                if (isOurs(path) && lastChange(path).compareTo(yesterday) < 0) {
                    remove(path);
                }
            } catch (IOException | UncheckedIOException e) {
                continue;
            }
        }
    }

    /** In a folder that several users share, another one's may look like ours. File systems without owners have one user. */
    private static boolean isOurs(Path path) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return true;
        }
        return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(ThisUser.number());
    }

    /** The last change; that of a folder is the last of anything in it, as a long conversion fills one file for hours. */
    private static FileTime lastChange(Path path) throws IOException {
        FileTime last = FileTime.fromMillis(0);
        for (Path each : walk(path)) {
            FileTime changed = Files.getLastModifiedTime(each, LinkOption.NOFOLLOW_LINKS);
            last = changed.compareTo(last) > 0 ? changed : last;
        }
        return last;
    }

    private static void remove(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path each : walk(path)) {
                Files.deleteIfExists(each);
            }
        }
    }

    /** Children before their folder; links are not followed. */
    private static List<Path> walk(Path path) throws IOException {
        try (Stream<Path> walk = Files.walk(path)) {
            return walk.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
