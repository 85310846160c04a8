package io.fsvideo.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFolderTest {
    private static final int STRANGER = 12345;

    @TempDir
    Path parent;

    @Test
    void onlyItsOwnerMayEnter() throws IOException {
        Path inside;
        try (PrivateFolder folder = PrivateFolder.create(parent, Set.of())) {
            inside = folder.path();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(inside)));
            assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(folder.write("a.so", new byte[] {1, 2})));
        }
        assertFalse(Files.exists(inside));
    }

    @Test
    void anotherThreadsFileStays() throws IOException {
        Path other;
        try (PrivateFolder folder = PrivateFolder.create(parent, Set.of())) {
            folder.write("a.so", new byte[1]);
            other = Files.createTempFile(folder.path(), "other", "");
        }
        assertTrue(Files.exists(other));
        assertFalse(Files.exists(other.resolveSibling("a.so")));
    }

    @Test
    void folderOpenToOthersIsRefused() throws IOException {
        mode(parent, "rwxrwxrwx");
        String message = refusal(parent);
        assertTrue(
                message.contains("must not be open to others, got " + parent + " below " + parent + " with mode 777"),
                message);
        assertTrue(message.endsWith("-Dfsvideo.cuda.cache=FOLDER"), message);
        assertEmpty();
    }

    @Test
    void parentOpenToOthersIsRefused() throws IOException {
        Path mine = Files.createDirectory(parent.resolve("mine"));
        mode(parent, "rwxrwxrwx");
        assertTrue(refusal(mine).contains(" below " + parent + " with mode 777"));
    }

    /** A folder like /tmp serves: others may add files there but not rename ours. */
    @Test
    void openFolderWithStickyBitServes() throws IOException {
        Files.setAttribute(parent, "unix:mode", 01777);
        PrivateFolder.create(parent, Set.of()).close();
        assertEmpty();
    }

    /** Another user's link in /tmp must not lead the libraries to a place that user controls. */
    @Test
    void linkIsFollowedBeforeTheCheck() throws IOException {
        Path open = Files.createDirectory(parent.resolve("open"));
        mode(open, "rwxrwxrwx");
        Path link = Files.createSymbolicLink(parent.resolve("link"), open);
        assertTrue(refusal(link).contains("got " + link + " below " + open.toRealPath() + " with mode 777"));
    }

    @Test
    void strangersFolderIsRefused() throws IOException {
        assumeTrue((int) Files.getAttribute(parent, "unix:uid") == 0, "needs root to give a folder away");
        Path theirs = Files.createDirectory(parent.resolve("theirs"));
        Path inside = Files.createDirectory(theirs.resolve("inside"));
        Files.setAttribute(theirs, "unix:uid", STRANGER);
        String message = refusal(inside);
        assertTrue(message.contains("must belong to root or this user (0) with all its parents"), message);
        assertTrue(message.contains(" below " + theirs.toRealPath() + " of user " + STRANGER), message);
        PrivateFolder.create(inside, Set.of(STRANGER)).close();
    }

    @Test
    void missingFolderIsNamed() {
        assertTrue(refusal(parent.resolve("absent")).contains("in " + parent.resolve("absent")));
    }

    private static String refusal(Path folder) {
        return assertThrows(NativeLibraryException.class, () -> PrivateFolder.create(folder, Set.of()))
                .getMessage();
    }

    private static void mode(Path folder, String permissions) throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(permissions));
    }

    private void assertEmpty() throws IOException {
        try (var left = Files.list(parent)) {
            assertEquals(0, left.count());
        }
    }
}
