package io.fsvideo.cuda;

import io.fsvideo.tensor.CheckedComm;
import io.fsvideo.tensor.RankChannel;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;

/**
 * Collectives between ranks that are threads sharing one device and its stream. They tell each other their addresses through
 * {@code channel}; what moves data is queued on the stream, so that its order holds between ranks too.
 */
final class LoopbackComm extends CheckedComm {
    private final RankChannel channel;
    private final Device device;

    LoopbackComm(RankChannel channel, Device device) {
        super(channel.rank(), channel.size());
        this.channel = channel;
        this.device = device;
    }

    /** Rank 0 queues the sum once all have told their addresses; the others go on when it is queued. */
    @Override
    protected void sum(Tensor tensor) {
        String what = describe("allReduceSum", tensor);
        long[] buffers = addresses(what, tensor.address());
        if (rank() == 0 && tensor.numel() > 0) {
            synchronized (device) {
                device.elements().allReduce(tensor, buffers);
            }
        }
        addresses(what, 0);
    }

    @Override
    protected void gather(Tensor out, Tensor part) {
        String what = describe("allGather", part);
        long[] parts = addresses(what, part.address());
        long bytes = part.numel() * part.dtype().bytes();
        for (int p = 0; p < size(); p++) {
            copy(out.address() + p * bytes, parts[p], bytes);
        }
        addresses(what, 0);
    }

    @Override
    protected void exchange(Tensor out, Tensor in) {
        String what = describe("allToAll", in);
        long[] sources = addresses(what, in.address());
        long bytes = in.numel() / size() * in.dtype().bytes();
        for (int p = 0; p < size(); p++) {
            copy(out.address() + p * bytes, sources[p] + rank() * bytes, bytes);
        }
        addresses(what, 0);
    }

    @Override
    protected void spread(Tensor tensor, int root) {
        String what = describe("broadcast from rank " + root, tensor);
        long source = addresses(what, tensor.address())[root];
        if (rank() != root) {
            copy(tensor.address(), source, tensor.numel() * tensor.dtype().bytes());
        }
        addresses(what, 0);
    }

    @Override
    public void barrier() {
        synchronized (device) {
            device.stream().synchronize();
        }
        addresses("barrier", 0);
    }

    private void copy(long target, long source, long bytes) {
        if (bytes > 0) {
            synchronized (device) {
                device.stream().copy(target, source, bytes);
            }
        }
    }

    /** Every rank's address; also waits until all are here, so that nothing is freed while others still queue work on it. */
    private long[] addresses(String what, long mine) {
        ByteBuffer[] out = new ByteBuffer[size()];
        ByteBuffer[] in = new ByteBuffer[size()];
        for (int p = 0; p < size(); p++) {
            out[p] = ByteBuffer.allocate(Long.BYTES).putLong(0, mine);
            in[p] = ByteBuffer.allocate(Long.BYTES);
        }
        channel.exchange(what, out, in);
        long[] all = new long[size()];
        for (int p = 0; p < size(); p++) {
            all[p] = p == rank() ? mine : in[p].getLong(0);
        }
        return all;
    }

    @Override
    public void abort(Throwable cause) {
        channel.abort(cause);
    }

    @Override
    public void close() {
        channel.close();
    }
}
