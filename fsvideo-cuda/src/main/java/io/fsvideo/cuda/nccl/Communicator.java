package io.fsvideo.cuda.nccl;

import io.fsvideo.tensor.CommException;
import io.fsvideo.tensor.RankChannel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.ToIntFunction;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.cuda.nccl.ncclComm;
import org.bytedeco.cuda.nccl.ncclUniqueId;

/** NCCL's communicator of one rank and the thread that watches it: a failure anywhere aborts it, so that nothing waits in it for ever. */
final class Communicator implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(50);

    private final RankChannel channel;
    private final NcclDevice device;
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
        ncclComm opened = new ncclComm();
        device.makeCurrent();
        check("ncclCommInitRank", nccl.ncclCommInitRank(opened, channel.size(), id, channel.rank()));
        comm = opened;
        Thread watch = new Thread(() -> watch(opened), "fsvideo nccl rank " + channel.rank());
        watch.setDaemon(true);
        watch.start();
    }

    private ncclUniqueId shareId() {
        ncclUniqueId id = new ncclUniqueId();
        byte[] bytes = new byte[nccl.NCCL_UNIQUE_ID_BYTES];
        ByteBuffer[] out = new ByteBuffer[channel.size()];
        ByteBuffer[] in = new ByteBuffer[channel.size()];
        if (channel.rank() == 0) {
            check("ncclGetUniqueId", nccl.ncclGetUniqueId(id));
            id.internal().get(bytes);
            for (int p = 0; p < out.length; p++) {
                out[p] = ByteBuffer.wrap(bytes);
            }
        } else {
            in[0] = ByteBuffer.wrap(bytes);
        }
        channel.exchange("NCCL's unique id", out, in);
        for (int i = 0; i < bytes.length; i++) {
            id.internal(i, bytes[i]);
        }
        return id;
    }

    /** @throws NcclException, after which the whole group has failed */
    void call(String what, ToIntFunction<ncclComm> call) {
        ncclComm current = comm;
        if (current == null) {
            channel.requireAlive();
            throw new IllegalStateException(what + ": communicator of rank " + channel.rank() + " must be open");
        }
        int code = call.applyAsInt(current);
        channel.requireAlive();
        check(what, code);
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
                requireNoError(watched);
            }
        } catch (CommException failed) {
            abort();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void requireNoError(ncclComm watched) {
        if (comm == watched) {
            int[] code = new int[1];
            int status = nccl.ncclCommGetAsyncError(watched, code);
            if (status != nccl.ncclSuccess || code[0] != nccl.ncclSuccess) {
                channel.abort(failure("NCCL's own threads", status != nccl.ncclSuccess ? status : code[0]));
                channel.requireAlive();
            }
        }
    }

    /** Ends what is queued and frees the communicator. */
    synchronized void abort() {
        ncclComm current = comm;
        if (current != null) {
            comm = null;
            device.makeCurrent();
            nccl.ncclCommAbort(current);
        }
    }

    @Override
    public synchronized void close() {
        ncclComm current = comm;
        if (current != null) {
            comm = null;
            device.makeCurrent();
            check("ncclCommDestroy", nccl.ncclCommDestroy(current));
        }
    }
}
