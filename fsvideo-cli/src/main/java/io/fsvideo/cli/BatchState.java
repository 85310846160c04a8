package io.fsvideo.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What is done, kept beside the manifest: one file per item, empty until its video is in place. A process holds the file's lock while it
 * works on the item; the system lets go of it however the process ends.
 */
final class BatchState {
    private final Path folder;

    BatchState(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new ManifestException(folder + ": must be a folder that can be written, but: " + e);
        }
    }

    /** An item that this process alone may work on. */
    record Claim(FileChannel file, boolean done) implements AutoCloseable {
        /** Says that the video is in place. */
        void finish(Path out) throws IOException {
            file.write(ByteBuffer.wrap((out.toAbsolutePath() + "\n").getBytes(StandardCharsets.UTF_8)), 0);
            file.force(true);
        }

        /** Lets go of the lock too. */
        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** The item, or nothing when another process works on it. It is done when it was finished and its video is still there. */
    Optional<Claim> claim(BatchManifest.Item item) throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve(item.key()), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = file.tryLock();
            if (lock == null) {
                file.close();
                return Optional.empty();
            }
            return Optional.of(new Claim(file, file.size() > 0 && Files.exists(item.out())));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }
}
