package io.fsvideo.weights;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fsvideo.weights.SafetensorsWriter.Opener;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Real writes that fail for want of space. */
final class FullDisk implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/full");

    private final Path folder;

    private FullDisk(Path folder) {
        this.folder = folder;
    }

    /** Opens files as usual up to the {@code file}th, counted from 1; that one is on a device that is always full. */
    static Opener from(int file) {
        assumeTrue(Files.exists(DEVICE), "needs /dev/full");
        int[] opened = {0};
        return temporary -> {
            opened[0]++;
            FileChannel channel = Opener.NEW_FILE.open(temporary);
            if (opened[0] < file) {
                return channel;
            }
            channel.close();
            return FileChannel.open(DEVICE, StandardOpenOption.WRITE);
        };
    }

    /** A file system of 64 KiB over {@code folder}, or null without the right to mount one. */
    static FullDisk mounted(Path folder) throws IOException, InterruptedException {
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.toString());
        return mounted ? new FullDisk(folder) : null;
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (!run("umount", folder.toString())) {
            throw new IOException("cannot unmount " + folder);
        }
    }
}
