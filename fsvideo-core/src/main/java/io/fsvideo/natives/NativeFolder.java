package io.fsvideo.natives;

import io.fsvideo.files.Temporary;
import io.fsvideo.files.ThisUser;
import io.fsvideo.tensor.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The folder that JavaCPP unpacks and loads native libraries from. JavaCPP would take one in the shared temporary folder where the home
 * folder cannot be written, and load whatever another user has put there; this one belongs to this user, with mode 0700, and so do or
 * did its parents, or root.
 *
 * <p>It is {@code -Dorg.bytedeco.javacpp.cachedir} where that is given, else {@code fsvideo/natives} in {@code XDG_CACHE_HOME} or
 * {@code ~/.cache}, else a new one of this process in the temporary folder, removed when the process ends.
 */
public final class NativeFolder {
    /** JavaCPP's own name for the place. */
    static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

    private static final String TEMPORARY = "fsvideo-natives-";
    private static final int OTHERS = 0077;
    private static final int WRITABLE_BY_OTHERS = 0022;
    private static final int STICKY = 01000;
    private static final int ROOT = 0;

    private final Properties properties;
    private final Map<String, String> environment;

    NativeFolder(Properties properties, Map<String, String> environment) {
        this.properties = properties;
        this.environment = environment;
    }

    /**
     * Tells JavaCPP the folder. To be called before the first of its classes loads a library; calling it again does nothing.
     *
     * @throws BackendException when there is no place for such a folder, or the one that is named is open to others
     */
    public static synchronized void use() {
        if (!Boolean.getBoolean(PROPERTY + ".checked")) {
            Path folder = new NativeFolder(System.getProperties(), System.getenv()).folder();
            System.setProperty(PROPERTY, folder.toString());
            System.setProperty(PROPERTY + ".checked", "true");
        }
    }

    Path folder() {
        String named = properties.getProperty(PROPERTY);
        if (named != null && !named.isBlank()) {
            return named(Path.of(named));
        }
        try {
            return cached();
        } catch (IOException | RuntimeException noCache) {
            return temporary(noCache);
        }
    }

    private Path named(Path folder) {
        try {
            Files.createDirectories(folder);
            Path real = folder.toRealPath();
            requireMode(real, WRITABLE_BY_OTHERS);
            requireParents(real);
            requireWritable(real);
            return real;
        } catch (IOException | RuntimeException e) {
            throw new BackendException(
                    "natives: the folder for native libraries that -D" + PROPERTY + " names must be this user's own and"
                            + " open to nobody else, got " + folder + ": " + reason(e) + "; name another",
                    e);
        }
    }

    private Path cached() throws IOException {
        String cache = environment.get("XDG_CACHE_HOME");
        Path parent = cache != null && Path.of(cache).isAbsolute()
                ? Path.of(cache)
                : Path.of(properties.getProperty("user.home"), ".cache");
        if (!parent.isAbsolute()) {
            throw new IOException(parent + " is no absolute path");
        }
        Path folder = parent.resolve("fsvideo").resolve("natives");
        Files.createDirectories(folder.getParent());
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, Temporary.onlyThisUser("rwx------"));
        }
        Path real = folder.toRealPath();
        requireMode(real, OTHERS);
        requireParents(real);
        requireWritable(real);
        return real;
    }

    private Path temporary(Exception noCache) {
        Path parent = Path.of(properties.getProperty("java.io.tmpdir"));
        try {
            Path made = Files.createTempDirectory(parent.toRealPath(), TEMPORARY, Temporary.onlyThisUser("rwx------"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made), "fsvideo removes " + made));
            requireParents(made);
            Temporary.removeStale(made.getParent(), TEMPORARY + "*");
            return made;
        } catch (IOException | RuntimeException e) {
            e.addSuppressed(noCache);
            throw new BackendException(
                    "natives: a folder for native libraries must be made in the home folder (" + reason(noCache)
                            + ") or in the temporary folder (" + reason(e) + "); name a folder of your own with -D"
                            + PROPERTY
                            + "=FOLDER",
                    e);
        }
    }

    private static String reason(Exception e) {
        return e instanceof RuntimeException && e.getMessage() != null ? e.getMessage() : e.toString();
    }

    private static int attribute(Path path, String name) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:" + name, LinkOption.NOFOLLOW_LINKS);
    }

    private static void requireMode(Path folder, int closed) throws IOException {
        int owner = attribute(folder, "uid");
        int mode = attribute(folder, "mode");
        if (owner != ThisUser.number() || (mode & closed) != 0) {
            throw new IOException(
                    folder + " belongs to user " + owner + " with mode " + Integer.toOctalString(mode & 07777)
                            + ", must be user " + ThisUser.number() + "'s and closed to others");
        }
    }

    /** Whoever may rename a parent could put other code in the folder's place. */
    private static void requireParents(Path folder) throws IOException {
        int self = ThisUser.number();
        for (Path above = folder.getParent(); above != null; above = above.getParent()) {
            int owner = attribute(above, "uid");
            int mode = attribute(above, "mode");
            boolean open = (mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0;
            if (owner != ROOT && owner != self && !isUnmapped(owner) || open) {
                throw new IOException(above + " of user " + owner + " with mode " + Integer.toOctalString(mode & 07777)
                        + " lets others rename what is in it");
            }
        }
    }

    /** The owner shown for root's folders: the overflow user in a user namespace that does not map root. */
    private static boolean isUnmapped(int owner) throws IOException {
        String map = Files.readString(Path.of("/proc/self/uid_map")).strip();
        String overflow =
                Files.readString(Path.of("/proc/sys/kernel/overflowuid")).strip();
        return !map.matches("0\\s+0\\s+4294967295") && String.valueOf(owner).equals(overflow);
    }

    private static void requireWritable(Path folder) throws IOException {
        Files.delete(Files.createTempFile(folder, ".fsvideo-", null));
    }

    /** Removes as much as it can: another process may remove the same. */
    private static void remove(Path folder) {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            return;
        }
    }
}
