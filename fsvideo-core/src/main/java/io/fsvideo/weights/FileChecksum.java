package io.fsvideo.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of a file as it is written; what does not arrive in the file's order is read again at the end. */
public final class FileChecksum {
    private static final int PIECE_BYTES = 1 << 19;

    private final MessageDigest digest = sha256();
    private long done;

    FileChecksum() {}

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("checksum: this Java runtime lacks SHA-256, which every one must have", e);
        }
    }

    /** The checksum of a finished file, in hexadecimal. */
    public static String of(Path file) throws IOException {
        return new FileChecksum().finish(file);
    }

    /** @param position of the piece's first byte in the file */
    void update(ByteBuffer piece, long position) {
        if (position == done) {
            done += piece.remaining();
            digest.update(piece);
        }
    }

    /** The checksum in hexadecimal, once all of {@code file} is written. */
    String finish(Path file) throws IOException {
        try (FileBytes bytes = FileBytes.open(file)) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
            while (done < bytes.size()) {
                piece.clear().limit((int) Math.min(PIECE_BYTES, bytes.size() - done));
                bytes.fill(piece, done);
                update(piece.flip(), done);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
