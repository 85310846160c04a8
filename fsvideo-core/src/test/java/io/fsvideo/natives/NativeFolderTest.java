package io.fsvideo.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.text.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {
    @TempDir
    Path place;

    private Path folder(Map<String, String> properties, Map<String, String> environment) {
        Properties all = new Properties();
        all.put("user.home", place.resolve("home").toString());
        all.put("java.io.tmpdir", place.toString());
        all.putAll(properties);
        return new NativeFolder(all, environment).folder();
    }

    private static void mode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void liesInTheUsersCacheClosedToOthers() throws IOException {
        Path folder = folder(Map.of(), Map.of());
        assertEquals(place.toRealPath().resolve("home/.cache/fsvideo/natives"), folder);
        assertEquals("rwx------", mode(folder));
        assertEquals(folder, folder(Map.of(), Map.of()));
        Path cache = place.resolve("cache");
        assertEquals(
                place.toRealPath().resolve("cache/fsvideo/natives"),
                folder(Map.of(), Map.of("XDG_CACHE_HOME", cache.toString())));
    }

    /** A home that is a file stands for every home that cannot be written to: root, as tests may run, can write to all folders. */
    @Test
    void withoutAHomeItIsANewFolderOfTheProcess() throws IOException {
        Files.createFile(place.resolve("home"));
        Path one = folder(Map.of(), Map.of());
        Path other = folder(Map.of(), Map.of());
        assertEquals(place.toRealPath(), one.getParent());
        assertFalse(one.equals(other));
        assertEquals("rwx------", mode(one));
        assertEquals(one.getParent(), folder(Map.of("user.home", "?"), Map.of()).getParent());
    }

    @Test
    void aCacheOpenToOthersIsNotUsed() throws IOException {
        Path cache = folder(Map.of(), Map.of());
        mode(cache, "rwxrwxrwx");
        assertTrue(folder(Map.of(), Map.of()).getFileName().toString().startsWith("fsvideo-natives-"));
        mode(cache, "rwx------");
        mode(cache.getParent(), "rwxrwxrwx");
        assertTrue(folder(Map.of(), Map.of()).getFileName().toString().startsWith("fsvideo-natives-"));
    }

    @Test
    void aNamedFolderOpenToOthersIsRefused() throws IOException {
        Path named = Files.createDirectory(place.resolve("named"));
        Map<String, String> property = Map.of(NativeFolder.PROPERTY, named.toString());
        assertEquals(named.toRealPath(), folder(property, Map.of()));
        mode(named, "rwxrwxr-x");
        String message = assertThrows(BackendException.class, () -> folder(property, Map.of()))
                .getMessage();
        assertTrue(message.contains(named + " belongs to user") && message.contains("with mode 775"), message);
    }

    @Test
    void nowhereToPutItIsOneClearError() throws IOException {
        Files.createFile(place.resolve("home"));
        Path open = Files.createDirectory(place.resolve("open"));
        mode(open, "rwxrwxrwx");
        for (Path temporary : List.of(open, place.resolve("absent"))) {
            String message = assertThrows(
                            BackendException.class,
                            () -> folder(Map.of("java.io.tmpdir", temporary.toString()), Map.of()))
                    .getMessage();
            assertTrue(message.contains("in the home folder (") && message.contains(NativeFolder.PROPERTY), message);
        }
    }

    @Test
    void foldersOfKilledProcessesAreRemovedAfterADay() throws IOException {
        Files.createFile(place.resolve("home"));
        Path old = Files.createDirectory(place.resolve("fsvideo-natives-old"));
        Files.setLastModifiedTime(Files.createFile(old.resolve("libx.so")), FileTime.fromMillis(1));
        Path young = Files.createDirectory(place.resolve("fsvideo-natives-young"));
        Files.setLastModifiedTime(old, FileTime.fromMillis(1));
        folder(Map.of(), Map.of());
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young));
    }

    /** Opens the CPU backend. */
    static final class Open {
        public static void main(String[] arguments) {
            try (Backend cpu = Backend.open("cpu", BackendOptions.defaults().withThreads(1))) {
                System.out.println(cpu.name() + " " + System.getProperty(NativeFolder.PROPERTY));
            } catch (BackendException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void theProcessorsLibrariesAreLoadedFromThereAndGoWithTheProcess() throws IOException {
        Path temporary = Files.createDirectory(place.resolve("temporary"));
        JavaProcess.Outcome outcome = new JavaProcess()
                .option("-Duser.home=" + place.resolve("none"))
                .option("-Djava.io.tmpdir=" + temporary)
                .environment(Map.of("OMP_NUM_THREADS", "1", "XDG_CACHE_HOME", "/proc/none"))
                .run(place, Open.class);
        assertTrue(outcome.out().startsWith("cpu " + temporary.toRealPath() + "/fsvideo-natives-"), outcome.toString());
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
