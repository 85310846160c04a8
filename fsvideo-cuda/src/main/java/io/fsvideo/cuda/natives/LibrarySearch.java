package io.fsvideo.cuda.natives;

import io.fsvideo.cuda.natives.SearchPlaces.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/**
 * Finds a library by its soname: in folders the user named, then in a jar of NVIDIA's libraries on the class path, then in the linker's
 * cache and the usual folders.
 */
final class LibrarySearch {
    private static final String REDIST = "/org/bytedeco/cuda/linux-x86_64/";

    private final Host host;
    private final LinkerCache cache;
    private final List<Place> named;
    private final List<Place> usual;

    LibrarySearch(Host host) {
        this.host = host;
        this.cache = LinkerCache.read(host.path("/etc/ld.so.cache"));
        SearchPlaces places = new SearchPlaces(host);
        this.named = places.named();
        this.usual = places.usual();
    }

    Optional<Path> find(String soname) {
        return first(named, soname)
                .or(() -> fromJar(soname))
                .or(() -> fromCache(soname))
                .or(() -> first(usual, soname));
    }

    /** Another library of the same package as {@code library}: from its folder, or from the jar it came from. */
    Optional<Path> part(Path library, String soname) {
        Path sibling = library.resolveSibling(soname);
        if (Files.isRegularFile(sibling)) {
            return Optional.of(sibling);
        }
        boolean packed = fromJar(library.getFileName().toString()).equals(Optional.of(library));
        return packed ? fromJar(soname) : Optional.empty();
    }

    private static Optional<Path> first(List<Place> places, String soname) {
        return places.stream()
                .flatMap(place -> place.folders().stream())
                .map(folder -> folder.resolve(soname))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** A file of a {@code -redist} jar, extracted once into JavaCPP's cache, as it can be hundreds of megabytes. */
    private static Optional<Path> fromJar(String soname) {
        String resource = REDIST + soname;
        if (LibrarySearch.class.getResource(resource) == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Loader.cacheResource(resource).toPath());
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "cuda: cannot extract " + resource + " from the class path (" + e + ")", e);
        }
    }

    private Optional<Path> fromCache(String soname) {
        return cache.paths(soname).stream()
                .map(host::path)
                .filter(Files::isRegularFile)
                .filter(LibrarySearch::isX64)
                .findFirst();
    }

    /** The cache lists 32-bit libraries too. */
    private static boolean isX64(Path file) {
        try (var stream = Files.newInputStream(file)) {
            byte[] head = stream.readNBytes(20);
            return head.length == 20 && head[4] == 2 && head[18] == 62;
        } catch (IOException e) {
            return false;
        }
    }

    /** Every version of a library in the folders searched, e.g. an older one than needed. */
    List<Path> versions(String name) {
        Set<Path> found = new LinkedHashSet<>();
        Stream.concat(named.stream(), usual.stream())
                .flatMap(place -> place.folders().stream())
                .forEach(folder -> list(folder, name + ".so*", found));
        return new ArrayList<>(found);
    }

    private static void list(Path folder, String pattern, Set<Path> found) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            throw new UncheckedIOException("listing " + folder, e);
        }
    }

    /** All places, for an error. */
    String places() {
        Stream<String> titles = Stream.of(
                        named.stream().map(Place::title),
                        Stream.of("class path (" + REDIST.substring(1) + "), linker cache (ldconfig)"),
                        usual.stream().map(Place::title))
                .flatMap(part -> part);
        return String.join(", ", titles.toList());
    }
}
