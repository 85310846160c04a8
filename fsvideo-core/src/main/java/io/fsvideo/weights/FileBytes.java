package io.fsvideo.weights;

import io.fsvideo.files.Temporary;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * One open file that must stay as it was when it was opened. Read by position and never mapped, because a mapped file that another process
 * cuts ends this one; and not through a channel, because an interrupt of the reading thread would close that. A file of another file
 * system is copied to a temporary one first.
 */
final class FileBytes implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 16;

    /** Receives consecutive pieces of a range, whole elements each, in little-endian order. */
    interface Sink {
        /** @param offset of the piece's first byte within the range */
        void accept(ByteBuffer piece, long offset);
    }

    private final Path path;
    private final RandomAccessFile file;
    private final long size;
    /** Null for a copy, which is ours alone. */
    private final BasicFileAttributes opened;

    private byte[] piece;

    private FileBytes(Path path, RandomAccessFile file, BasicFileAttributes opened) throws IOException {
        this.path = path;
        this.file = file;
        this.size = file.length();
        this.opened = opened;
    }

    static FileBytes open(Path path) throws IOException {
        return path.getFileSystem() == FileSystems.getDefault() ? openThere(path) : openCopy(path);
    }

    private static FileBytes openThere(Path path) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
        try {
            return new FileBytes(path, file, Files.readAttributes(path, BasicFileAttributes.class));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** The copy's name is gone before this returns, so that nothing is left of it whatever happens. */
    private static FileBytes openCopy(Path path) throws IOException {
        try (Temporary folder = Temporary.folder()) {
            Path copy = Files.copy(path, folder.path().resolve("copy"));
            RandomAccessFile file = new RandomAccessFile(copy.toFile(), "r");
            return new FileBytes(path, file, null);
        }
    }

    long size() {
        return size;
    }

    /**
     * Shows the {@code bytes} bytes from {@code position} on to {@code sink}.
     *
     * @param buffer what pieces are collected in, a multiple of 8 bytes, little endian
     */
    void read(long position, long bytes, ByteBuffer buffer, Sink sink) throws IOException {
        for (long done = 0; done < bytes; ) {
            int length = (int) Math.min(buffer.capacity(), bytes - done);
            buffer.clear().limit(length);
            fill(buffer, position + done);
            sink.accept(buffer.flip().order(ByteOrder.LITTLE_ENDIAN), done);
            done += length;
        }
    }

    /**
     * Reads until {@code target} is full.
     *
     * @throws EOFException when the file ends before
     * @throws WeightsException when the file is not as it was opened
     */
    void fill(ByteBuffer target, long position) throws IOException {
        if (piece == null) {
            piece = new byte[PIECE_BYTES];
        }
        file.seek(position);
        while (target.hasRemaining()) {
            int count = file.read(piece, 0, Math.min(piece.length, target.remaining()));
            if (count < 0) {
                requireUnchanged();
                throw new EOFException("end of file, " + target.remaining() + " bytes early");
            }
            target.put(piece, 0, count);
        }
        requireUnchanged();
    }

    /** A file that took this one's name is another one; this one stays readable, and as it was. */
    private void requireUnchanged() throws IOException {
        if (opened == null) {
            return;
        }
        boolean same = file.length() == size;
        if (same && Files.exists(path)) {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            boolean isThisFile = opened.fileKey() != null && opened.fileKey().equals(now.fileKey());
            same = !isThisFile || now.lastModifiedTime().equals(opened.lastModifiedTime());
        }
        if (!same) {
            throw new WeightsException("weights: " + path
                    + " was changed while it was open, so its weights are no longer those that were checked; open the model"
                    + " again");
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
