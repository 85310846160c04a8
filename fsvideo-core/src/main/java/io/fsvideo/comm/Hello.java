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
    private static final int VERSION = 2;

    void write(Socket socket) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(token);
        out.writeInt(rank);
        out.writeInt(size);
        out.writeUTF(agreement);
        out.writeInt(port);
        socket.getOutputStream().write(bytes.toByteArray());
    }

    static Hello read(DataInputStream in) throws IOException {
        int magic = in.readInt();
        int version = in.readInt();
        if (magic != MAGIC || version != VERSION) {
            throw new IOException("a hello must begin with 0x" + Integer.toHexString(MAGIC) + " and version " + VERSION
                    + ", got 0x" + Integer.toHexString(magic) + " and " + version);
        }
        return new Hello(in.readUTF(), in.readInt(), in.readInt(), in.readUTF(), in.readInt());
    }

    /** Compares in a time that does not tell how much of the token was right. */
    boolean shows(String expected) {
        return MessageDigest.isEqual(token.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
    }

    /** What this rank has other than {@code mine}, or null. */
    String difference(Hello mine) {
        if (size != mine.size) {
            return "it must be of a group of " + mine.size + " as rank " + mine.rank + " is, got " + size;
        }
        if (!agreement.equals(mine.agreement)) {
            return "it must run the same as rank " + mine.rank + " (" + mine.agreement + "), got " + agreement;
        }
        return null;
    }
}
