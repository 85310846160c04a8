package io.fsvideo.comm;

import io.fsvideo.files.Temporary;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Rank 0 says in a file where it listens: one line with host, port and token. */
record FileRendezvous(Path file, String bindHost) implements Rendezvous {
    private static final int LONGEST = 1000;

    @Override
    public Listener listen() throws IOException {
        if (Files.exists(file)) {
            throw new IOException(
                    "file must not exist before its group begins, got " + file + "; remove it, or name another");
        }
        String secret = Rendezvous.newToken();
        ServerSocket server = Rendezvous.serve(bindHost, 0);
        try {
            write(server.getInetAddress().getHostAddress() + " " + server.getLocalPort() + " " + secret);
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return new Listener(server, secret, () -> Files.deleteIfExists(file));
    }

    /** Whole or not at all, and unreadable for others from its first moment. */
    private void write(String line) throws IOException {
        Path whole = file.toAbsolutePath();
        try (Temporary part = Temporary.beside(whole)) {
            Files.writeString(Files.createFile(part.path(), Temporary.onlyThisUser("rw-------")), line);
            part.moveTo(whole);
        }
    }

    @Override
    public Contact connect() throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new IOException("file must hold host, port and token, got something longer in " + file);
        }
        String[] parts = Files.readString(file).split(" ");
        if (parts.length != 3 || !parts[1].matches("[0-9]{1,5}")) {
            throw new IOException("file must hold host, port and token, got something else in " + file);
        }
        return new Contact(Rendezvous.connect(parts[0], Integer.parseInt(parts[1])), parts[2]);
    }
}
