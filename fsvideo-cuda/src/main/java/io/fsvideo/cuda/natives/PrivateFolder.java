package io.fsvideo.cuda.natives;

import io.fsvideo.files.Temporary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A new folder only this user can enter, for libraries to be loaded from, gone when closed. Its parents are checked first: whoever may
 * rename one of them could put other code in its place between writing and loading.
 */
final class PrivateFolder implements AutoCloseable {
    static final String PROPERTY = "fsvideo.cuda.cache";

    private static final String NAME = "fsvideo-natives-";
    private static final int ROOT = 0;
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;

    private final Path folder;
    private final List<Path> written = new ArrayList<>();

    private PrivateFolder(Path folder) {
        this.folder = folder;
    }

    /** Creates a folder in {@code -Dfsvideo.cuda.cache}, else in the system's temporary folder. */
    static PrivateFolder create(Host host) {
        String chosen = host.property(PROPERTY);
        return create(Path.of(chosen != null ? chosen : host.property("java.io.tmpdir")), unmappedOwner(host));
    }

    /** The owner shown for root's folders: the overflow user in a user namespace that does not map root. */
    private static Set<Integer> unmappedOwner(Host host) {
        try {
            String map = Files.readString(host.path("/proc/self/uid_map")).strip();
            if (map.matches("0\\s+0\\s+4294967295")) {
                return Set.of();
            }
            String overflow = Files.readString(host.path("/proc/sys/kernel/overflowuid"));
            return Set.of(Integer.valueOf(overflow.strip()));
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** @param trusted users besides root and this one who may own a parent */
    static PrivateFolder create(Path parent, Set<Integer> trusted) {
        PrivateFolder made = make(parent);
        try {
            Integer self = attribute(made.folder, "unix:uid");
            for (Path above = made.folder.getParent(); above != null; above = above.getParent()) {
                check(parent, above, self, trusted);
            }
            return made;
        } catch (RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private static PrivateFolder make(Path parent) {
        try {
            Temporary.removeStale(parent.toRealPath(), NAME + "*");
            return new PrivateFolder(
                    Files.createTempDirectory(parent.toRealPath(), NAME, Temporary.onlyThisUser("rwx------")));
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "cuda: cannot make a folder for native libraries in " + parent + " (" + e + "); " + advice(), e);
        }
    }

    private static void check(Path parent, Path above, Integer self, Set<Integer> trusted) {
        Integer owner = attribute(above, "unix:uid");
        int mode = attribute(above, "unix:mode");
        if (owner != ROOT && !owner.equals(self) && !trusted.contains(owner)) {
            throw new NativeLibraryException("cuda: folder for native libraries must belong to root or this user ("
                    + self + ") with all its parents, got " + parent + " below " + above + " of user " + owner + "; "
                    + advice());
        }
        if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
            throw new NativeLibraryException(
                    "cuda: folder for native libraries must not be open to others, got " + parent
                            + " below " + above + " with mode " + Integer.toOctalString(mode & 07777)
                            + ", where others may rename it; " + advice());
        }
    }

    private static String advice() {
        return "name a folder of your own with -D" + PROPERTY + "=FOLDER";
    }

    private static int attribute(Path path, String name) {
        try {
            return (Integer) Files.getAttribute(path, name, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw new NativeLibraryException("cuda: cannot read the owner of " + path + " (" + e + "); " + advice(), e);
        }
    }

    Path path() {
        return folder;
    }

    Path write(String name, byte[] content) {
        Path file = folder.resolve(name);
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new NativeLibraryException("cuda: cannot write " + file + " (" + e + "); " + advice(), e);
        }
        written.add(file);
        return file;
    }

    /** Removes what was written. A loaded library stays mapped; a file that another thread put here keeps the folder alive. */
    @Override
    public void close() {
        try {
            for (Path file : written) {
                Files.deleteIfExists(file);
            }
            try (var left = Files.list(folder)) {
                if (left.findAny().isEmpty()) {
                    Files.delete(folder);
                }
            }
        } catch (IOException e) {
            throw new NativeLibraryException("cuda: cannot remove " + folder + " (" + e + ")", e);
        }
    }
}
