package io.fsvideo.cli;

import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command writes beside its video. */
final class SavedFile {
    private SavedFile() {}

    /** Asks before the work. @throws FsVideoException when it could not be written now */
    static void requireWritable(Path file) {
        if (Files.isDirectory(file)) {
            throw new FsVideoException("output: " + file + " must be a file, got a directory; give another name");
        }
        try (Temporary temporary = Temporary.beside(file)) {
            Files.createFile(temporary.path());
        } catch (IOException e) {
            throw new FsVideoException("output: " + file + " must be writable, got " + e, e);
        }
    }
}
