package io.fsvideo.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user that this process runs as. Java tells a name, which a user in a container need not have. */
public final class ThisUser {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String IDS = "Uid:";

    /** The place after the real, effective and saved one. */
    private static final int OF_FILES = 3;

    private ThisUser() {}

    /** The number that owns the files which this process makes. @throws IOException where the system does not tell */
    public static int number() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith(IDS)) {
                return Integer.parseUnsignedInt(
                        line.substring(IDS.length()).strip().split("\\s+")[OF_FILES]);
            }
        }
        throw new IOException(STATUS + " must have a line " + IDS + ", got none");
    }
}
