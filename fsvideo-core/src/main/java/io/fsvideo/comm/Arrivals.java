package io.fsvideo.comm;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Who comes to a server and shows its token. Every caller is heard by a thread of its own, so that one who says nothing, or says it
 * slowly, keeps no other waiting; those without the token are turned away in silence.
 */
final class Arrivals implements AutoCloseable {
    /** The time limit from connecting to the last byte of a hello. */
    static final Duration HELLO = Duration.ofSeconds(5);
    /** Callers heard at a time; one more, and the one that has kept silent longest must go. */
    private static final int MOST = 512;

    private static final long RETRY_MILLIS = 20;

    /** A caller that has shown the token. */
    record Arrival(Socket socket, Hello hello) {}

    private final ServerSocket server;
    private final String token;
    private final LinkedBlockingQueue<Arrival> arrived = new LinkedBlockingQueue<>();
    private final Deque<Socket> heard = new ArrayDeque<>();
    private boolean closed;

    Arrivals(ServerSocket server, String token) {
        this.server = server;
        this.token = token;
        Peer.daemon("awaits ranks", this::accept).start();
    }

    /** The next arrival, null when none came until {@code deadline}. */
    Arrival next(long deadline) throws IOException {
        try {
            return arrived.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while joining", e);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                admit(socket);
                Peer.daemon("hears a caller", () -> hear(socket)).start();
            } catch (IOException | OutOfMemoryError brokenCaller) {
                pause();
            }
        }
    }

    /** The server is closed, or this caller went away at once, or there is no handle or thread for it: not for ever, perhaps. */
    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void admit(Socket socket) {
        heard.addLast(socket);
        if (heard.size() > MOST) {
            close(heard.removeFirst());
        }
    }

    private void hear(Socket socket) {
        try {
            TimedInput in = new TimedInput(socket, System.nanoTime() + HELLO.toNanos());
            Hello hello = Hello.read(new DataInputStream(in), token);
            hand(new Arrival(socket, hello));
        } catch (IOException stranger) {
            forget(socket);
            close(socket);
        }
    }

    private synchronized void hand(Arrival arrival) {
        heard.remove(arrival.socket);
        if (closed) {
            close(arrival.socket);
        } else {
            arrived.add(arrival);
        }
    }

    private synchronized void forget(Socket socket) {
        heard.remove(socket);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // As wanted.
        }
    }

    /** Turns away whoever has not been taken. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        server.close();
        heard.forEach(Arrivals::close);
        arrived.forEach(arrival -> close(arrival.socket));
        heard.clear();
        arrived.clear();
    }
}
