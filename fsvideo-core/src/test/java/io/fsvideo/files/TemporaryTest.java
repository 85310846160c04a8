package io.fsvideo.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1);

    @TempDir
    Path folder;

    private long entries() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }

    @Test
    void theLongestNameIsPossible() throws IOException {
        Path target = folder.resolve("n".repeat(255));
        try (Temporary temporary = Temporary.beside(target)) {
            Files.writeString(temporary.path(), "whole");
            temporary.moveTo(target);
        }
        assertEquals("whole", Files.readString(target));
        assertEquals(1, entries());
    }

    @Test
    void whatIsNotMovedIsRemovedWithAllInIt() throws IOException {
        try (Temporary temporary = Temporary.beside(folder.resolve("x"))) {
            Files.createDirectories(temporary.path().resolve("a/b"));
            Files.writeString(temporary.path().resolve("a/c"), "part");
            Files.createSymbolicLink(temporary.path().resolve("link"), Files.createFile(folder.resolve("kept")));
        }
        assertEquals(1, entries());
        assertTrue(Files.exists(folder.resolve("kept")));
    }

    @Test
    void whatAKilledRunLeftIsRemovedADayAfterItsLastChange() throws IOException {
        Path old = Files.createDirectories(folder.resolve(".fsvideo-old.tmp"));
        Path oldFile = Files.createFile(old.resolve("model.safetensors"));
        Path busy = Files.createDirectories(folder.resolve(".fsvideo-busy.tmp"));
        Files.createFile(busy.resolve("model.safetensors"));
        Path young = Files.createFile(folder.resolve(".fsvideo-young.tmp"));
        Path other = Files.createFile(folder.resolve("old.tmp"));
        for (Path path : new Path[] {oldFile, old, busy, other}) {
            Files.setLastModifiedTime(path, LONG_AGO);
        }
        Temporary.beside(folder.resolve("x")).close();
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(busy));
        assertTrue(Files.exists(young));
        assertTrue(Files.exists(other));
    }

    /** The kernel names no second user to a test; a folder that may not be listed is as little of the caller's concern. */
    @Test
    void whatCannotBeLookedAtIsLeft() throws IOException {
        Temporary.beside(folder.resolve("nothing/there")).close();
        Path old = Files.createDirectories(folder.resolve(".fsvideo-old.tmp/inner"));
        Files.createFile(old.resolve("file"));
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("---------"));
        try {
            Files.setLastModifiedTime(old.getParent(), LONG_AGO);
            Temporary.beside(folder.resolve("x")).close();
        } finally {
            Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void aFolderOfItsOwnIsClosedToOthers() throws IOException {
        Path made;
        try (Temporary temporary = Temporary.folder()) {
            made = temporary.path();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
        }
        assertFalse(Files.exists(made));
    }

    /** A temporary folder that is not there stands for every one that cannot be written to: root, as tests may run, can write to all. */
    @Test
    void aTemporaryFolderThatCannotBeWrittenToIsNamed() {
        String before =
                System.setProperty("java.io.tmpdir", folder.resolve("none").toString());
        try {
            IOException e = assertThrows(IOException.class, Temporary::folder);
            assertTrue(
                    e.getMessage()
                            .startsWith("the temporary folder must be one that this user may write to, got " + folder),
                    e.getMessage());
            assertTrue(e.getMessage().endsWith("name another with -Djava.io.tmpdir=FOLDER"), e.getMessage());
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    /** Tells something where the tests run as an ordinary user, as they should. */
    @Test
    void thisUserOwnsWhatItMakes() throws IOException {
        assertEquals(Files.getAttribute(Files.createFile(folder.resolve("x")), "unix:uid"), ThisUser.number());
    }

    @Test
    void aZipHasThemToo() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            Path old = Files.createFile(zip.getPath("/.fsvideo-old.tmp"));
            Files.setLastModifiedTime(old, LONG_AGO);
            Temporary.beside(zip.getPath("/x")).close();
            assertFalse(Files.exists(old));
        }
    }
}
