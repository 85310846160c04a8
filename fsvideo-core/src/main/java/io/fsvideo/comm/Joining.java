package io.fsvideo.comm;

import io.fsvideo.tensor.CommException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;

/**
 * How a group of processes forms. Every rank listens; all say hello to rank 0, which tells each where the others listen, or what is
 * wrong; then each connects to those of lower rank.
 */
final class Joining {
    private static final Duration HELLO = Duration.ofSeconds(5);
    /** In place of the rank that something is wrong with. */
    private static final int WELCOME = -1;

    private static final Duration RETRY = Duration.ofMillis(50);

    private final RankPlace place;
    private final Rendezvous rendezvous;
    private final ProcessOptions options;
    private final Socket[] sockets;
    private long deadline;
    private CommException problem;

    Joining(RankPlace place, Rendezvous rendezvous, ProcessOptions options) {
        this.place = place;
        this.rendezvous = rendezvous;
        this.options = options;
        sockets = new Socket[place.size()];
        deadline = System.nanoTime() + options.timeout().toNanos();
    }

    /** A connection to every other rank. */
    Socket[] join() throws IOException {
        try {
            if (place.rank() == 0) {
                gather();
            } else {
                follow();
            }
            return sockets;
        } catch (IOException | RuntimeException e) {
            for (Socket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
            throw e;
        }
    }

    private void gather() throws IOException {
        try (Rendezvous.Listener listener = rendezvous.listen()) {
            Hello[] hellos = new Hello[place.size()];
            try {
                for (int present = 1; present < place.size(); present++) {
                    accept(listener.socket(), listener.token(), hellos);
                }
            } catch (CommException late) {
                refuse(late);
            }
            if (problem == null) {
                welcome(hellos);
            } else {
                refuseAll();
                throw problem;
            }
        }
    }

    /** Takes the next rank's connection; strangers are turned away. */
    private void accept(ServerSocket server, String token, Hello[] hellos) throws IOException {
        while (true) {
            Socket socket = next(server);
            Hello hello;
            try {
                socket.setSoTimeout((int) HELLO.toMillis());
                hello = Hello.read(new DataInputStream(socket.getInputStream()));
            } catch (IOException stranger) {
                socket.close();
                continue;
            }
            if (!hello.shows(token)) {
                socket.close();
                continue;
            }
            int rank = hello.rank();
            boolean known = rank > place.rank() && rank < place.size() && sockets[rank] == null;
            if (known) {
                sockets[rank] = socket;
                hellos[rank] = hello;
            }
            String difference = known ? hello.difference(mine(token, 0)) : "it came twice, or is no rank of this group";
            if (difference != null) {
                refuse(RankErrors.failed(rank, place.size(), difference, null));
            }
            if (known) {
                return;
            }
            answer(socket, problem);
            socket.close();
        }
    }

    /** The first problem counts; ranks that are still on their way get a moment to hear of it. */
    private void refuse(CommException refusal) {
        if (problem == null) {
            problem = refusal;
            deadline = Math.min(deadline, System.nanoTime() + HELLO.toNanos());
        }
    }

    private void refuseAll() {
        for (Socket socket : sockets) {
            try {
                if (socket != null) {
                    answer(socket, problem);
                }
            } catch (IOException alreadyGone) {
                problem.addSuppressed(alreadyGone);
            }
        }
    }

    private Socket next(ServerSocket server) throws IOException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        try {
            server.setSoTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, left)));
            return server.accept();
        } catch (SocketTimeoutException e) {
            StringBuilder missing = new StringBuilder();
            int first = -1;
            for (int p = place.rank() + 1; p < sockets.length; p++) {
                if (sockets[p] == null) {
                    first = first < 0 ? p : first;
                    missing.append(missing.length() == 0 ? "" : ", ").append(p);
                }
            }
            throw new CommException(
                    first,
                    "comm: ranks " + missing + " of " + place.size() + " must join within "
                            + options.timeout().toMillis() / 1000.0 + " s, but did not",
                    e);
        }
    }

    private void welcome(Hello[] hellos) throws IOException {
        for (int p = 1; p < sockets.length; p++) {
            answer(sockets[p], null);
            DataOutputStream out = new DataOutputStream(sockets[p].getOutputStream());
            for (int q = 1; q < sockets.length; q++) {
                out.writeUTF(sockets[q].getInetAddress().getHostAddress());
                out.writeInt(hellos[q].port());
            }
        }
    }

    private static void answer(Socket socket, CommException problem) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(problem == null ? WELCOME : problem.failedRank());
        if (problem != null) {
            out.writeUTF(problem.getMessage());
        }
    }

    private void follow() throws IOException {
        Rendezvous.Contact contact = connect();
        sockets[0] = contact.socket();
        InetAddress here = contact.socket().getLocalAddress();
        try (ServerSocket server = Rendezvous.serve(here.getHostAddress(), 0)) {
            mine(contact.token(), server.getLocalPort()).write(sockets[0]);
            DataInputStream in = awaitAnswer(sockets[0]);
            for (int p = 1; p < place.size(); p++) {
                String host = in.readUTF();
                int port = in.readInt();
                if (p < place.rank()) {
                    sockets[p] = new Socket(host, port);
                    mine(contact.token(), 0).write(sockets[p]);
                }
            }
            for (int p = 1; p < place.rank(); p++) {
                awaitAnswer(sockets[p]);
            }
            for (int p = place.rank() + 1; p < place.size(); p++) {
                accept(server, contact.token(), new Hello[place.size()]);
            }
            if (problem != null) {
                throw problem;
            }
            for (int p = place.rank() + 1; p < place.size(); p++) {
                answer(sockets[p], null);
            }
        }
    }

    private Rendezvous.Contact connect() throws IOException {
        while (true) {
            try {
                return rendezvous.connect();
            } catch (ConnectException | NoSuchFileException e) {
                if (System.nanoTime() > deadline) {
                    throw new CommException(
                            0,
                            "comm: rank 0 of " + place.size() + " must be found by rank " + place.rank() + " within "
                                    + options.timeout().toMillis() / 1000.0 + " s at " + rendezvous,
                            e);
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(RETRY.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while joining", e);
        }
    }

    private DataInputStream awaitAnswer(Socket socket) throws IOException {
        socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, options.timeout().toMillis() + HELLO.toMillis()));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int failed = in.readInt();
        if (failed != WELCOME) {
            throw new CommException(failed, in.readUTF(), null);
        }
        return in;
    }

    private Hello mine(String token, int port) {
        return new Hello(token, place.rank(), place.size(), options.agreement(), port);
    }
}
