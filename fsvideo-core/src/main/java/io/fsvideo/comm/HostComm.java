package io.fsvideo.comm;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.CheckedComm;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.RankChannel;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Collectives through host memory, for any backend and any {@link RankChannel}. */
public final class HostComm extends CheckedComm {
    /** Bytes that go to one rank at a time; a multiple of every element size. */
    static final int BLOCK_BYTES = 1 << 18;

    private final RankChannel channel;
    private final Backend backend;
    private final ByteBuffer[] sent;
    private final ByteBuffer[] received;
    private final RankSum rankSum = new RankSum(BLOCK_BYTES);

    private HostComm(RankChannel channel, Backend backend) {
        super(channel.rank(), channel.size());
        this.channel = channel;
        this.backend = backend;
        sent = buffers();
        received = buffers();
    }

    /** The communicator of {@code backend}, which has {@code channel}'s rank. */
    public static Comm over(RankChannel channel, Backend backend) {
        return channel.size() == 1 ? Comm.single() : new HostComm(channel, backend);
    }

    private ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[size()];
        for (int p = 0; p < size(); p++) {
            buffers[p] = ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        return buffers;
    }

    /** Each rank sums one slice of every chunk, in rank order, and sends the result to the others. */
    @Override
    protected void sum(Tensor tensor) {
        String what = describe("allReduceSum", tensor);
        long chunk = (long) BLOCK_BYTES / tensor.dtype().bytes() * size();
        long first = 0;
        do {
            long count = Math.min(chunk, tensor.numel() - first);
            sumChunk(what, tensor, first, count);
            first += count;
        } while (first < tensor.numel());
    }

    private void sumChunk(String what, Tensor tensor, long first, long count) {
        for (int p = 0; p < size(); p++) {
            read(sent[p], tensor, slice(tensor, first, count, p), sliceBytes(tensor, count, p));
            received[p].clear().limit(sliceBytes(tensor, count, rank()));
        }
        received[rank()].put(sent[rank()]);
        channel.exchange(what, sent, received);
        for (ByteBuffer part : received) {
            part.flip();
        }
        ByteBuffer total = sent[rank()].clear();
        rankSum.sum(tensor.dtype(), received, total);
        total.flip();
        for (int p = 0; p < size(); p++) {
            received[p].clear().limit(sliceBytes(tensor, count, p));
        }
        channel.exchange(what, toAll(total), received);
        received[rank()].put(total);
        for (int p = 0; p < size(); p++) {
            write(tensor, slice(tensor, first, count, p), received[p]);
        }
    }

    /** First byte of rank p's slice of {@code count} elements from {@code first} on. */
    private long slice(Tensor tensor, long first, long count, int p) {
        return (first + count * p / size()) * tensor.dtype().bytes();
    }

    private int sliceBytes(Tensor tensor, long count, int p) {
        return (int) (slice(tensor, 0, count, p + 1) - slice(tensor, 0, count, p));
    }

    @Override
    protected void gather(Tensor out, Tensor part) {
        long bytes = bytes(part);
        String what = describe("allGather", part);
        long at = 0;
        do {
            int count = (int) Math.min(BLOCK_BYTES, bytes - at);
            read(sent[rank()], part, at, count);
            for (ByteBuffer buffer : received) {
                buffer.clear().limit(count);
            }
            received[rank()].put(sent[rank()].duplicate());
            channel.exchange(what, toAll(sent[rank()]), received);
            for (int p = 0; p < size(); p++) {
                write(out, p * bytes + at, received[p]);
            }
            at += count;
        } while (at < bytes);
    }

    @Override
    protected void exchange(Tensor out, Tensor in) {
        long bytes = bytes(in) / size();
        String what = describe("allToAll", in);
        long at = 0;
        do {
            int count = (int) Math.min(BLOCK_BYTES, bytes - at);
            for (int p = 0; p < size(); p++) {
                read(sent[p], in, p * bytes + at, count);
                received[p].clear().limit(count);
            }
            received[rank()].put(sent[rank()]);
            channel.exchange(what, sent, received);
            for (int p = 0; p < size(); p++) {
                write(out, p * bytes + at, received[p]);
            }
            at += count;
        } while (at < bytes);
    }

    @Override
    protected void spread(Tensor tensor, int root) {
        long bytes = bytes(tensor);
        String what = describe("broadcast from rank " + root, tensor);
        long at = 0;
        do {
            int count = (int) Math.min(BLOCK_BYTES, bytes - at);
            if (rank() == root) {
                read(sent[rank()], tensor, at, count);
                channel.exchange(what, toAll(sent[rank()]), new ByteBuffer[size()]);
            } else {
                ByteBuffer[] fromRoot = new ByteBuffer[size()];
                fromRoot[root] = received[root].clear().limit(count);
                channel.exchange(what, new ByteBuffer[size()], fromRoot);
                write(tensor, at, received[root]);
            }
            at += count;
        } while (at < bytes);
    }

    @Override
    public void barrier() {
        backend.synchronize();
        for (ByteBuffer buffer : received) {
            buffer.clear().limit(0);
        }
        channel.exchange("barrier", toAll(received[rank()]), received);
    }

    @Override
    public void abort(Throwable cause) {
        channel.abort(cause);
    }

    @Override
    public void close() {
        channel.close();
    }

    private static long bytes(Tensor tensor) {
        return tensor.numel() * tensor.dtype().bytes();
    }

    /** Every rank gets the same bytes, each through a position of its own. */
    private ByteBuffer[] toAll(ByteBuffer bytes) {
        ByteBuffer[] all = new ByteBuffer[size()];
        for (int p = 0; p < size(); p++) {
            all[p] = bytes.duplicate();
        }
        return all;
    }

    private void read(ByteBuffer target, Tensor source, long offset, int count) {
        target.clear().limit(count);
        backend.copyOut(target, source, offset);
        target.flip();
    }

    private void write(Tensor target, long offset, ByteBuffer source) {
        backend.copyIn(target, offset, source.flip());
    }
}
