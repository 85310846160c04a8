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
    private static final Duration RETRY = Duration.ofMillis(50);

    private final RankPlace place;
    private final Rendezvous rendezvous;
    private final ProcessOptions options;
    private final Socket[] sockets;
    private long deadline;
    private CommException problem;
    /** The last process that showed the token and had no place here. */
    private String strangers;

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
        try (Rendezvous.Listener listener = rendezvous.listen();
                Arrivals arrivals = new Arrivals(listener.socket(), listener.token())) {
            Hello[] hellos = new Hello[place.size()];
            try {
                for (int present = 1; present < place.size(); present++) {
                    accept(arrivals, hellos);
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

    /** Takes the next rank's connection. One that shows the token but has no place here is told so, and the group waits on. */
    private void accept(Arrivals arrivals, Hello[] hellos) throws IOException {
        while (true) {
            Arrivals.Arrival arrival = arrivals.next(deadline);
            if (arrival == null) {
                throw late();
            }
            Hello hello = arrival.hello();
            int rank = hello.rank();
            String misplaced = misplaced(hello);
            if (misplaced != null) {
                turnAway(arrival.socket(), misplaced);
                strangers = misplaced;
                continue;
            }
            sockets[rank] = arrival.socket();
            hellos[rank] = hello;
            String difference = hello.difference(mine("", 0));
            if (difference != null) {
                refuse(RankErrors.failed(rank, place.size(), difference, null));
            }
            return;
        }
    }

    private String misplaced(Hello hello) {
        if (hello.size() != place.size()) {
            return "a process came that belongs to a group of " + hello.size() + " ranks, not " + place.size();
        }
        if (hello.rank() <= place.rank() || hello.rank() >= place.size()) {
            return "a process came as rank " + hello.rank() + " to rank " + place.rank() + " of " + place.size();
        }
        return sockets[hello.rank()] == null ? null : "a second process came as rank " + hello.rank();
    }

    private static void turnAway(Socket socket, String reason) {
        try (socket) {
            answer(socket, new CommException(0, "comm: this process is no rank of the group: " + reason, null));
        } catch (IOException alreadyGone) {
            // It need not be told.
        }
    }

    private CommException late() {
        StringBuilder missing = new StringBuilder();
        int first = -1;
        for (int p = place.rank() + 1; p < sockets.length; p++) {
            if (sockets[p] == null) {
                first = first < 0 ? p : first;
                missing.append(missing.length() == 0 ? "" : ", ").append(p);
            }
        }
        return new CommException(
                first,
                "comm: ranks " + missing + " of " + place.size() + " must join within "
                        + options.timeout().toMillis() / 1000.0 + " s, but did not"
                        + (strangers == null ? "" : "; " + strangers),
                null);
    }

    /** The first problem counts; ranks that are still on their way get a moment to hear of it. */
    private void refuse(CommException refusal) {
        if (problem == null) {
            problem = refusal;
            deadline = Math.min(deadline, System.nanoTime() + Arrivals.HELLO.toNanos());
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
        out.writeBoolean(problem == null);
        if (problem != null) {
            out.writeInt(problem.failedRank());
            out.writeUTF(problem.getMessage());
        }
    }

    private void follow() throws IOException {
        Rendezvous.Contact contact = connect();
        sockets[0] = contact.socket();
        InetAddress here = contact.socket().getLocalAddress();
        ServerSocket server = Rendezvous.serve(here.getHostAddress(), 0);
        try (Arrivals arrivals = new Arrivals(server, contact.token())) {
            mine(contact.token(), server.getLocalPort()).write(sockets[0]);
            DataInputStream in = awaitAnswer(sockets[0]);
            for (int p = 1; p < place.size(); p++) {
                String host = in.readUTF();
                int port = in.readInt();
                if (p < place.rank()) {
                    sockets[p] = Rendezvous.connect(host, port);
                    mine(contact.token(), 0).write(sockets[p]);
                }
            }
            for (int p = 1; p < place.rank(); p++) {
                awaitAnswer(sockets[p]);
            }
            for (int p = place.rank() + 1; p < place.size(); p++) {
                accept(arrivals, new Hello[place.size()]);
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
            } catch (ConnectException | SocketTimeoutException | NoSuchFileException e) {
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
        DataInputStream in = new DataInputStream(new TimedInput(socket, deadline + Arrivals.HELLO.toNanos()));
        if (!in.readBoolean()) {
            throw new CommException(in.readInt(), in.readUTF(), null);
        }
        return in;
    }

    private Hello mine(String token, int port) {
        return new Hello(token, place.rank(), place.size(), options.agreement(), port);
    }
}
