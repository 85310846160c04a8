package io.fsvideo.comm;

import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.RankChannel;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A group of ranks that are processes, of one machine or several, joined by TCP. Given to a backend with
 * {@link BackendOptions#withChannel}:
 *
 * <pre>{@code
 * RankPlace place = RankPlace.of(System.getenv()).orElseThrow();
 * RankChannel channel = ProcessChannel.open(place, Rendezvous.of(System.getenv()), ProcessOptions.of("model demo"));
 * Backend backend = Backend.open("cpu", BackendOptions.defaults().withChannel(channel)); // closes the channel with itself
 * }</pre>
 *
 * A process that ends, however it does, ends the others' collectives: at once where its connections close with it, else when nothing was
 * heard of it for 20 seconds. Traffic is neither encrypted nor signed: for trusted networks.
 */
public final class ProcessChannel implements RankChannel {
    private static final Duration CHECK = Duration.ofMillis(100);
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final RankPlace place;
    private final Duration timeout;
    private final Peer[] peers;
    private final AtomicReference<CommException> failure = new AtomicReference<>();
    private volatile Thread lastWords;

    private ProcessChannel(RankPlace place, Duration timeout, Socket[] sockets) throws IOException {
        this.place = place;
        this.timeout = timeout;
        peers = new Peer[sockets.length];
        for (int p = 0; p < peers.length; p++) {
            peers[p] = p == place.rank() ? null : new Peer(p, sockets[p], this::ended);
        }
        others().forEach(Peer::start);
    }

    /**
     * Waits until all ranks have joined.
     *
     * @throws CommException when one does not come in time, comes twice, or does not agree on size, version or
     *     {@link ProcessOptions#agreement}: every rank that came gets the same message
     */
    public static RankChannel open(RankPlace place, Rendezvous rendezvous, ProcessOptions options) {
        if (place.size() == 1) {
            return RankChannel.alone();
        }
        try {
            return new ProcessChannel(place, options.timeout(), new Joining(place, rendezvous, options).join());
        } catch (IOException e) {
            throw new CommException(
                    place.rank(),
                    "comm: rank " + place.rank() + " of " + place.size() + " cannot join its group: " + e.getMessage(),
                    e);
        }
    }

    @Override
    public int rank() {
        return place.rank();
    }

    @Override
    public int size() {
        return place.size();
    }

    @Override
    public void exchange(String what, ByteBuffer[] out, ByteBuffer[] in) {
        requireAlive();
        for (int p = 0; p < peers.length; p++) {
            if (peers[p] != null && out[p] != null) {
                peers[p].send(what, out[p]);
            }
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        for (int p = 0; p < peers.length; p++) {
            if (peers[p] != null && in[p] != null) {
                take(what, p, in[p], deadline);
            }
        }
        requireAlive();
    }

    private void take(String what, int from, ByteBuffer target, long deadline) {
        Peer.Message message = await(what, from, deadline);
        if (!message.what().equals(what) || message.bytes().remaining() != target.remaining()) {
            throw end(RankErrors.mismatch(rank(), what, from, size(), message.what()));
        }
        target.put(message.bytes());
    }

    private Peer.Message await(String what, int from, long deadline) {
        try {
            while (true) {
                requireAlive();
                boolean left = peers[from].hasLeft();
                Peer.Message message = peers[from].poll(left ? Duration.ZERO : CHECK);
                if (message != null) {
                    return message;
                }
                if (left) {
                    throw end(RankErrors.failed(
                            from, size(), "it left while rank " + rank() + " waits in " + what, null));
                }
                if (System.nanoTime() > deadline) {
                    throw end(RankErrors.late(rank(), what, from, size(), timeout));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw end(RankErrors.interrupted(rank(), what, size()));
        }
    }

    private CommException end(CommException cause) {
        fail(cause.failedRank(), cause.getMessage(), cause);
        return cause;
    }

    private void ended(int rank, String reason, Throwable cause) {
        fail(rank, reason, cause);
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public void report(long reached) {
        others().forEach(peer -> peer.sendReached(reached));
    }

    @Override
    public long reported(int rank) {
        return peers[rank] == null ? 0 : peers[rank].reached();
    }

    @Override
    public void abort(Throwable cause) {
        fail(RankErrors.failedRank(rank(), cause), RankErrors.reason(cause), cause);
    }

    /** The first failure counts; it is passed on, so that every rank names the same one. */
    private void fail(int rank, String reason, Throwable cause) {
        if (failure.compareAndSet(null, RankErrors.failed(rank, size(), reason, cause))) {
            lastWords = Peer.daemon("tells of rank " + rank, () -> tell(rank, reason));
            lastWords.start();
        }
    }

    private void tell(int rank, String reason) {
        others().forEach(peer -> peer.sendAbort(rank, reason));
        long deadline = System.nanoTime() + LAST_WORDS.toNanos();
        try {
            for (Peer peer : others()) {
                peer.end(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        others().forEach(Peer::cut);
    }

    private List<Peer> others() {
        List<Peer> others = new ArrayList<>();
        for (Peer peer : peers) {
            if (peer != null) {
                others.add(peer);
            }
        }
        return others;
    }

    @Override
    public void requireAlive() {
        CommException first = failure.get();
        if (first != null) {
            throw new CommException(first.failedRank(), first.getMessage(), first);
        }
    }

    /** Leaves the group: in good order, unless it has failed. */
    @Override
    public void close() {
        if (failure.get() == null) {
            others().forEach(Peer::close);
            return;
        }
        try {
            Thread telling = lastWords;
            if (telling != null) {
                telling.join(LAST_WORDS.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        others().forEach(Peer::cut);
    }
}
