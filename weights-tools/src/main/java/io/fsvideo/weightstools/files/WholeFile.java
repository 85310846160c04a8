package io.fsvideo.weightstools.files;

import io.fsvideo.files.Temporary;
import io.fsvideo.tensor.FsVideoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is written beside its place under a temporary name and moved there when it is complete; one that is there is replaced. */
public final class WholeFile {
    private final Path target;

    public WholeFile(Path target) {
        this.target = target.toAbsolutePath();
    }

    /** Writes to the path it is given. */
    public interface Content {
        void write(Path file) throws IOException;
    }

    /** @throws FsVideoException when the file cannot be written; then nothing is left behind and nothing replaced */
    public void write(Content content) {
        inPlace((temporary, place) -> {
            content.write(temporary.path());
            temporary.moveTo(place);
        });
    }

    /** Asks before the work. @throws FsVideoException when {@link #write} could not start now */
    public void requireWritable() {
        inPlace((temporary, place) -> Files.createFile(temporary.path()));
    }

    private interface Work {
        void run(Temporary temporary, Path place) throws IOException;
    }

    private void inPlace(Work work) {
        try {
            Path place = Files.exists(target) ? target.toRealPath() : target;
            if (Files.isDirectory(place)) {
                throw new FsVideoException("output: " + target + " must be a file, got a directory; give another name");
            }
            try (Temporary temporary = Temporary.beside(place)) {
                work.run(temporary, place);
            }
        } catch (IOException e) {
            throw new FsVideoException("output: " + target + " must be writable, got " + e, e);
        }
    }
}
