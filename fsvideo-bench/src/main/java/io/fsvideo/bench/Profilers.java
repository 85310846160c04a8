package io.fsvideo.bench;

import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;

/**
 * JMH's profilers as the command line names them, {@code NAME[:OPTIONS]}. async-profiler is the one on the class path unless
 * {@code libPath} names another, and writes below the folder of the results unless {@code dir} does.
 */
final class Profilers implements AutoCloseable {
    private static final String ASYNC = "async";
    private static final String LIBRARY = "/linux-x64/libasyncProfiler.so";
    private static final String FOLDER = "profiles";

    private final List<String> named;
    private final Path folder;
    private Temporary unpacked;
    private Path library;

    /** @param results folder that the results go to */
    Profilers(List<String> named, Path results) {
        this.named = named;
        folder = results.resolve(FOLDER);
    }

    void addTo(ChainedOptionsBuilder options) {
        for (String profiler : named) {
            String[] parts = profiler.split(":", 2);
            String given = parts.length > 1 ? parts[1] : "";
            options.addProfiler(parts[0], parts[0].equals(ASYNC) ? async(given) : given);
        }
    }

    private String async(String given) {
        StringBuilder all = new StringBuilder(given);
        if (!given.matches("(.*;)?libPath=.*")) {
            all.append(";libPath=").append(library());
        }
        if (!given.matches("(.*;)?dir=.*")) {
            all.append(";dir=").append(folder);
        }
        return given.isEmpty() ? all.substring(1) : all.toString();
    }

    /** The measured processes open the library by its path. */
    private Path library() {
        if (library == null) {
            try (InputStream stream = Profilers.class.getResourceAsStream(LIBRARY)) {
                if (stream == null) {
                    throw new FsVideoException(
                            "bench: " + LIBRARY
                                    + " must be on the class path for --prof async, found none; add tools.profiler:async-profiler");
                }
                unpacked = Temporary.folder();
                library = unpacked.path().resolve("async-profiler.so");
                Files.copy(stream, library);
            } catch (IOException e) {
                throw new UncheckedIOException("bench: extracting " + LIBRARY, e);
            }
        }
        return library;
    }

    @Override
    public void close() {
        if (unpacked != null) {
            try {
                unpacked.close();
            } catch (IOException e) {
                throw new UncheckedIOException("bench: deleting " + library, e);
            }
        }
    }
}
