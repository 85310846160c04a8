package io.fsvideo.cuda.nccl;

import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.RankChannel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/** NCCL's communicator of one rank and the thread that watches it: a failure anywhere aborts it, so that nothing waits in it for ever. */
final class Communicator implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(50);
    /** Calls that do not block are begun within some microseconds. */
    private static final Duration SOON = Duration.ofNanos(10_000);

    private static final String JOIN = "ncclCommInitRankConfig";

    private final RankChannel channel;
    private final NcclDevice device;
    private final QueuedCollectives onMain = new QueuedCollectives();
    private final QueuedCollectives onSide = new QueuedCollectives();
    private long reported;
    private volatile ncclComm comm;

    Communicator(RankChannel channel, NcclDevice device) {
        this.channel = channel;
        this.device = device;
    }

    /** Joins the other ranks unless that is done; all ranks call this together. */
    void open() {
        channel.requireAlive();
        if (comm != null) {
            return;
        }
        ncclUniqueId id = shareId();
        device.makeCurrent();
        ncclComm opened = join(id);
        reported = 0;
        onMain.clear();
        onSide.clear();
        comm = opened;
        Thread watch = new Thread(() -> watch(opened), "fsvideo nccl rank " + channel.rank());
        watch.setDaemon(true);
        watch.start();
    }

    /**
     * Makes the communicator, which takes part of every rank. It does not block, so that a rank that dies meanwhile ends the others at once, and
     * one that goes silent when time is over.
     */
    private ncclComm join(ncclUniqueId id) {
        ncclComm joining = new ncclComm();
        long start = System.nanoTime();
        try (NonBlocking config = new NonBlocking()) {
            int code = nccl.ncclCommInitRankConfig(joining, channel.size(), id, channel.rank(), config.value());
            while (code == nccl.ncclInProgress) {
                channel.requireAlive();
                requireInTime(start);
                pause(LOOK.toNanos());
                code = state(joining);
            }
            if (code != nccl.ncclSuccess) {
                channel.requireAlive();
                check(JOIN, code);
            }
            return joining;
        } catch (RuntimeException | Error e) {
            if (!joining.isNull()) {
                nccl.ncclCommAbort(joining);
            }
            throw e;
        }
    }

    private void requireInTime(long start) {
        if (isOver(start, channel.timeout())) {
            channel.abort(new CommException(
                    channel.rank(),
                    "comm: rank " + channel.rank() + " of " + channel.size() + " must find the others through " + JOIN
                            + " within " + channel.timeout().toMillis() / 1000.0
                            + " s, but did not; a rank has died, or NCCL cannot reach it: NCCL_DEBUG=INFO shows more,"
                            + " NCCL_SOCKET_IFNAME names the network to use",
                    null));
            channel.requireAlive();
        }
    }

    private static boolean isOver(long start, Duration limit) {
        return Duration.ofNanos(System.nanoTime() - start).compareTo(limit) > 0;
    }

    private static int state(ncclComm asked) {
        int[] code = new int[1];
        int status = nccl.ncclCommGetAsyncError(asked, code);
        return status == nccl.ncclSuccess ? code[0] : status;
    }

    private static void pause(long nanos) {
        LockSupport.parkNanos(nanos);
    }

    /**
     * Sends the id from rank 0 to all; every rank waits for every other one here, where the time limit holds, before
     * it waits in NCCL.
     */
    private ncclUniqueId shareId() {
        ncclUniqueId id = new ncclUniqueId();
        byte[] bytes = new byte[nccl.NCCL_UNIQUE_ID_BYTES];
        ByteBuffer[] out = new ByteBuffer[channel.size()];
        ByteBuffer[] in = new ByteBuffer[channel.size()];
        if (channel.rank() == 0) {
            check("ncclGetUniqueId", nccl.ncclGetUniqueId(id));
            id.internal().get(bytes);
        }
        for (int p = 0; p < out.length; p++) {
            out[p] = channel.rank() == 0 ? ByteBuffer.wrap(bytes) : ByteBuffer.allocate(0);
            in[p] = p == 0 ? ByteBuffer.wrap(bytes) : ByteBuffer.allocate(0);
        }
        channel.exchange("NCCL's unique id", out, in);
        for (int i = 0; i < bytes.length; i++) {
            id.internal(i, bytes[i]);
        }
        return id;
    }

    /**
     * Queues a collective on {@code stream}.
     *
     * @throws NcclException after which the whole group has failed
     */
    void call(String what, long stream, ToIntFunction<ncclComm> call) {
        ncclComm current = comm;
        if (current == null) {
            channel.requireAlive();
            throw new IllegalStateException(what + ": communicator of rank " + channel.rank() + " must be open");
        }
        QueuedCollectives queue = stream == device.sideStream() ? onSide : onMain;
        QueuedCollectives.Queued queued = queue.add(what, device.mark(stream));
        int code = call.applyAsInt(current);
        while (code == nccl.ncclInProgress) {
            pause(SOON.toNanos());
            code = stateOf(current);
        }
        channel.requireAlive();
        check(what, code);
        queued.endsAt(device.mark(stream));
    }

    /** Success when it is gone, as whoever aborted it has told the channel why. */
    private synchronized int stateOf(ncclComm asked) {
        return comm == asked ? state(asked) : nccl.ncclSuccess;
    }

    private void check(String what, int code) {
        if (code != nccl.ncclSuccess) {
            NcclException failed = failure(what, code);
            channel.abort(failed);
            throw failed;
        }
    }

    private NcclException failure(String what, int code) {
        return new NcclException(
                what + " on rank " + channel.rank() + " of " + channel.size(),
                code,
                nccl.ncclGetErrorString(code).getString());
    }

    private void watch(ncclComm watched) {
        try {
            while (comm == watched) {
                Thread.sleep(LOOK.toMillis());
                channel.requireAlive();
                look(watched);
            }
        } catch (CommException failed) {
            abort();
        } catch (RuntimeException failed) {
            channel.abort(failed);
            abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look(ncclComm watched) {
        if (comm == watched) {
            requireNoError(watched);
            for (QueuedCollectives queue : List.of(onMain, onSide)) {
                String late = queue.late(channel.timeout());
                if (late != null) {
                    channel.abort(late(late));
                    channel.requireAlive();
                }
            }
            report();
        }
    }

    private void requireNoError(ncclComm watched) {
        int code = state(watched);
        if (code != nccl.ncclSuccess && code != nccl.ncclInProgress) {
            channel.abort(failure("NCCL's own threads", code));
            channel.requireAlive();
        }
    }

    private long reached() {
        return onMain.reached() + onSide.reached();
    }

    private void report() {
        if (reported != reached()) {
            reported = reached();
            channel.report(reported);
        }
    }

    /** Names the rank that has come to the fewest collectives, or this one when all are equally far. */
    private CommException late(String what) {
        int missing = channel.rank();
        long fewest = reached();
        for (int p = 0; p < channel.size(); p++) {
            if (p != channel.rank() && channel.reported(p) < fewest) {
                missing = p;
                fewest = channel.reported(p);
            }
        }
        String limit = what + " within " + channel.timeout().toMillis() / 1000.0 + " s";
        String rule = missing == channel.rank()
                ? " must end " + limit + ", but did not; every rank has come to it"
                : " must join " + limit + " of rank " + channel.rank() + ", but did not";
        return new CommException(missing, "comm: rank " + missing + " of " + channel.size() + rule, null);
    }

    /** Ends what is queued and frees the communicator. */
    synchronized void abort() {
        ncclComm current = comm;
        if (current != null) {
            comm = null;
            device.makeCurrent();
            nccl.ncclCommAbort(current);
            onMain.clear();
            onSide.clear();
        }
    }

    @Override
    public synchronized void close() {
        ncclComm current = comm;
        if (current != null) {
            comm = null;
            device.makeCurrent();
            int code = nccl.ncclCommDestroy(current);
            check("ncclCommDestroy", code == nccl.ncclInProgress ? nccl.ncclSuccess : code);
        }
    }
}
