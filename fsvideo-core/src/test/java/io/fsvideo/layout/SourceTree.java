package io.fsvideo.layout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The source files below a folder, whatever module they are in; build output is left out. */
record SourceTree(Path root) {
    private static final Set<String> EXTENSIONS = Set.of("java", "cu", "cuh", "cpp", "h");
    private static final Set<String> REFUSED_PACKAGES =
            Set.of("util", "utils", "common", "commons", "helper", "helpers");

    /** The project that the tests run in: the nearest folder around them that holds the core module. */
    static SourceTree ofProject() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("fsvideo-core/pom.xml"))) {
                return new SourceTree(folder);
            }
        }
        throw new IllegalStateException("tests must run inside the project, got " + start);
    }

    List<Path> files() {
        try (Stream<Path> paths = Files.walk(root)) {
            return paths.filter(SourceTree::isSource)
                    .filter(this::isOurs)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> refusedPackages() {
        return files().stream()
                .map(Path::getParent)
                .distinct()
                .map(root::relativize)
                .filter(SourceTree::hasRefusedName)
                .map(folder -> folder + ": a package must say what it holds")
                .toList();
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSource(Path file) {
        String name = file.getFileName().toString();
        return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
    }

    private boolean isOurs(Path file) {
        for (Path part : root.relativize(file)) {
            if (part.toString().equals("target") || part.toString().startsWith(".")) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasRefusedName(Path folder) {
        for (Path part : folder) {
            if (REFUSED_PACKAGES.contains(part.toString())) {
                return true;
            }
        }
        return false;
    }
}
