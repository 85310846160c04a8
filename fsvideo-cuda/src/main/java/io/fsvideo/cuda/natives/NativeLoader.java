package io.fsvideo.cuda.natives;

import io.fsvideo.natives.NativeFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/** Loads shared libraries into this process and initialises the classes that are bound to them. */
final class NativeLoader {
    private static final String PLATFORM = "-linux-x86_64.so";
    private static final String TEMPORARY = "java.io.tmpdir";

    private final Host host;

    NativeLoader(Host host) {
        this.host = host;
    }

    void load(Path library) {
        load(library, path -> System.load(path));
    }

    /** So that {@link #function} finds its functions. */
    void loadGlobal(Path library) {
        load(library, Loader::loadGlobal);
    }

    private static void load(Path library, Consumer<String> how) {
        try {
            how.accept(library.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            throw new NativeLibraryException(
                    "cuda: " + library + " must be a loadable library for x86-64, but: " + e.getMessage(), e);
        }
    }

    /** The address of a function of a library loaded with {@link #loadGlobal}. */
    Pointer function(Path library, String name) {
        Pointer address = Loader.addressof(name);
        if (address == null) {
            throw new NativeLibraryException("cuda: " + library + " must have the function " + name + ", but has not");
        }
        return address;
    }

    /** Loads a library from memory. */
    void loadImage(String fileName, byte[] image) {
        try (PrivateFolder folder = PrivateFolder.create(host)) {
            load(folder.write(fileName, image));
        }
    }

    /**
     * Initialises one of JCuda's classes with a native of our making. JCuda loads {@code lib<name>.so} from the temporary folder when it
     * is there, whoever put it there; so that folder is a private one meanwhile.
     *
     * @param resource native on the class path
     * @param name the one the class asks for
     * @param change made to the native first
     */
    void initialise(String resource, String name, UnaryOperator<byte[]> change, Class<?> type) {
        byte[] image = change.apply(read("/lib/lib" + resource + PLATFORM));
        synchronized (NativeLoader.class) {
            try (PrivateFolder folder = PrivateFolder.create(host)) {
                folder.write("lib" + name + PLATFORM, image);
                String temporary = System.setProperty(TEMPORARY, folder.path().toString());
                try {
                    initialise(type);
                } finally {
                    System.setProperty(TEMPORARY, temporary);
                }
            }
        }
    }

    void initialise(Class<?> type) {
        NativeFolder.use();
        try {
            MethodHandles.lookup().ensureInitialized(type);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(type.getName() + " must be public", e);
        } catch (LinkageError e) {
            throw new NativeLibraryException(
                    "cuda: the native library of " + type.getName()
                            + " cannot be loaded, restart the process once this is mended: " + reason(e),
                    e);
        }
    }

    /** JCuda wraps the linker's line into a page of stack traces, JavaCPP into a chain of causes. */
    private static String reason(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String text = String.valueOf(deepest.getMessage());
        return text.lines()
                .filter(line -> line.contains(".so"))
                .map(String::strip)
                .reduce((first, second) -> second)
                .orElse(text);
    }

    private static byte[] read(String resource) {
        try (InputStream stream = NativeLoader.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new NativeLibraryException(
                        "cuda: " + resource
                                + " must be on the class path, found none; add JCuda's natives with the classifier linux-x86_64");
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + resource, e);
        }
    }
}
