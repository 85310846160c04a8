package io.fsvideo.comm;

import io.fsvideo.tensor.BackendException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;

/** Where the processes of a group find rank 0. */
public sealed interface Rendezvous permits AddressRendezvous, FileRendezvous {
    /** Milliseconds that one attempt to connect may take. */
    int CONNECT_MILLIS = 5000;

    /**
     * Rank 0 listens at {@code host:port}.
     *
     * @param token the group's secret, the same for all, e.g. of {@link #newToken}; who does not show it is turned away
     * @throws BackendException without a token
     */
    static Rendezvous at(String host, int port, String token) {
        return new AddressRendezvous(host, port, token);
    }

    /**
     * Rank 0 listens at a free port of {@code bindHost} and writes where, with a random secret, to {@code file}, which only its owner can
     * read and which is gone when the group stands. All ranks must see the file, which must not exist before.
     */
    static Rendezvous in(Path file, String bindHost) {
        return new FileRendezvous(file, bindHost);
    }

    /**
     * MASTER_ADDR, MASTER_PORT and FSVIDEO_TOKEN.
     *
     * @throws BackendException when one is missing or the port is no number from 0 to 65535
     */
    static Rendezvous of(Map<String, String> environment) {
        String host = environment.get("MASTER_ADDR");
        String port = environment.get("MASTER_PORT");
        if (host == null || port == null || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            throw new BackendException("ranks: MASTER_ADDR and MASTER_PORT must say where rank 0 listens, got " + host
                    + " and " + port + "; set them, or name a file that all ranks see");
        }
        return at(host, Integer.parseInt(port), environment.getOrDefault("FSVIDEO_TOKEN", ""));
    }

    /** A random secret of 32 hexadecimal digits. */
    static String newToken() {
        byte[] token = new byte[16];
        new SecureRandom().nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    /** Rank 0's side, open until the group stands. */
    Listener listen() throws IOException;

    /** Another rank's side: one attempt. @throws IOException when rank 0 is not there yet */
    Contact connect() throws IOException;

    /** @param token what every other rank must show */
    record Listener(ServerSocket socket, String token, Closing closing) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (socket) {
                closing.run();
            }
        }
    }

    /** What remains to be done once all ranks have arrived. */
    @FunctionalInterface
    interface Closing {
        void run() throws IOException;
    }

    /** A connection to rank 0 and the token to show. */
    record Contact(Socket socket, String token) {}

    /** A connection to {@code host}. @throws IOException also when the host does not answer soon */
    static Socket connect(String host, int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** A server at {@code host}. */
    static ServerSocket serve(String host, int port) throws IOException {
        ServerSocket server = new ServerSocket();
        try {
            server.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return server;
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen at " + host + ":" + port + ": " + e.getMessage(), e);
        }
    }
}
