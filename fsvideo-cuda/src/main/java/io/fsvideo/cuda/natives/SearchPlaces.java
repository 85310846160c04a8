package io.fsvideo.cuda.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The folders in which NVIDIA's libraries are looked for, first come first served. */
final class SearchPlaces {
    static final String PROPERTY = "fsvideo.cuda.libs";

    private static final List<String> USUAL = List.of(
            "/usr/local/cuda/lib64",
            "/usr/local/cuda/targets/x86_64-linux/lib",
            "/usr/local/nvidia/lib64",
            "/usr/local/nvidia/lib",
            "/usr/lib/wsl/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/opt/cuda/lib64",
            "/run/opengl-driver/lib");

    /**
     * @param title how an error names it
     * @param folders those that exist
     */
    record Place(String title, List<Path> folders) {}

    private final Host host;

    SearchPlaces(Host host) {
        this.host = host;
    }

    /** Folders named by the user. */
    List<Place> named() {
        return List.of(
                place("-D" + PROPERTY, host.property(PROPERTY), ""),
                place("LD_LIBRARY_PATH", host.variable("LD_LIBRARY_PATH"), ""),
                place("CUDA_HOME", host.variable("CUDA_HOME"), "/lib64", "/lib", "/targets/x86_64-linux/lib"),
                place("CUDA_PATH", host.variable("CUDA_PATH"), "/lib64", "/lib", "/targets/x86_64-linux/lib"));
    }

    /** Folders where distributions, NVIDIA's installers and pip put libraries. */
    List<Place> usual() {
        Set<Path> folders = new LinkedHashSet<>();
        USUAL.forEach(folder -> folders.add(host.path(folder)));
        for (Path versioned : children(host.path("/usr/local"), "cuda-*")) {
            folders.add(versioned.resolve("lib64"));
        }
        return List.of(
                new Place(String.join(", ", USUAL) + ", /usr/local/cuda-*/lib64", existing(folders)),
                new Place("Python packages (site-packages/nvidia/*/lib)", pipFolders()));
    }

    private Place place(String title, String value, String... parts) {
        if (value == null) {
            return new Place(title + " (not set)", List.of());
        }
        Set<Path> folders = new LinkedHashSet<>();
        for (String folder : value.split(":")) {
            for (String part : parts) {
                folder(folder.isEmpty() ? "" : folder + part, folders);
            }
        }
        return new Place(title + "=" + value, existing(folders));
    }

    private static void folder(String text, Set<Path> folders) {
        try {
            if (!text.isEmpty()) {
                folders.add(Path.of(text).toAbsolutePath());
            }
        } catch (InvalidPathException e) {
            throw new NativeLibraryException("cuda: library folder must be a path, got " + text, e);
        }
    }

    private List<Path> pipFolders() {
        Set<Path> folders = new LinkedHashSet<>();
        for (Path prefix : pythonPrefixes()) {
            for (Path python : children(prefix.resolve("lib"), "python3*")) {
                for (String packages : List.of("site-packages", "dist-packages")) {
                    for (Path library : children(python.resolve(packages).resolve("nvidia"), "*")) {
                        folders.add(library.resolve("lib"));
                    }
                }
            }
        }
        return existing(folders);
    }

    /** Folders whose {@code lib/python3*} may hold packages: active environments, whatever {@code python3} leads to, and the system. */
    private Set<Path> pythonPrefixes() {
        Set<Path> prefixes = new LinkedHashSet<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            String value = host.variable(variable);
            if (value != null) {
                prefixes.add(Path.of(value));
            }
        }
        String path = host.variable("PATH");
        for (String folder : path == null ? List.<String>of() : Arrays.asList(path.split(":"))) {
            if (folder.startsWith("/")) {
                followPython(Path.of(folder).resolve("python3"), prefixes);
            }
        }
        String home = host.variable("HOME");
        if (home != null) {
            prefixes.add(Path.of(home, ".local"));
        }
        prefixes.add(host.path("/usr/local"));
        prefixes.add(host.path("/usr"));
        return prefixes;
    }

    /** A virtual environment's interpreter is itself a link, so every step of the chain counts. */
    private static void followPython(Path python, Set<Path> prefixes) {
        Path step = python;
        try {
            for (int links = 0; links < 8 && Files.exists(step); links++) {
                prefixes.add(step.getParent().resolveSibling("").normalize());
                if (!Files.isSymbolicLink(step)) {
                    return;
                }
                step = step.resolveSibling(Files.readSymbolicLink(step)).normalize();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading the link " + step, e);
        }
    }

    private static List<Path> children(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder) && Files.isReadable(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
                entries.forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException("listing " + folder, e);
            }
        }
        // Names sort the newest version last; it is the first choice.
        found.sort((a, b) -> b.compareTo(a));
        return found;
    }

    private static List<Path> existing(Set<Path> folders) {
        return folders.stream().filter(Files::isDirectory).toList();
    }
}
