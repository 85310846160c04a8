package io.fsvideo.comm;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * What a process says first.
 *
 * @param port where it listens for ranks above it
 */
record Hello(String token, int rank, int size, String agreement, int port) {
    private static final int MAGIC = 0x46535652;
    private static final int VERSION = 3;

    void write(Socket socket) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        write(out, token);
        out.writeInt(rank);
        out.writeInt(size);
        write(out, agreement);
        out.writeInt(port);
        socket.getOutputStream().write(bytes.toByteArray());
    }

    /** @param expected the token, of which nothing longer is read @throws IOException when it says something else */
    static Hello read(DataInputStream in, String expected) throws IOException {
        int magic = in.readInt();
        int version = in.readInt();
        if (magic != MAGIC || version != VERSION) {
            throw new IOException("a hello must begin with 0x" + Integer.toHexString(MAGIC) + " and version " + VERSION
                    + ", got 0x" + Integer.toHexString(magic) + " and " + version);
        }
        requireToken(in, expected);
        int rank = in.readInt();
        int size = in.readInt();
        int length = in.readUnsignedShort();
        if (length > ProcessOptions.MOST_BYTES) {
            throw new IOException(
                    "an agreement must have at most " + ProcessOptions.MOST_BYTES + " bytes, got " + length);
        }
        return new Hello(expected, rank, size, text(in, length), in.readInt());
    }

    /** Compares in a time that does not tell how much of the token was right. */
    private static void requireToken(DataInputStream in, String expected) throws IOException {
        byte[] token = expected.getBytes(StandardCharsets.UTF_8);
        int length = in.readUnsignedShort();
        if (length != token.length) {
            throw new IOException("a token must have its length, got " + length);
        }
        byte[] shown = new byte[length];
        in.readFully(shown);
        if (!MessageDigest.isEqual(token, shown)) {
            throw new IOException("the token is another group's");
        }
    }

    private static String text(DataInputStream in, int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    /** What this rank has other than {@code mine}, or null. */
    String difference(Hello mine) {
        if (!agreement.equals(mine.agreement)) {
            return "it must run the same as rank " + mine.rank + " (" + mine.agreement + "), got " + agreement;
        }
        return null;
    }
}
