package io.fsvideo.cuda.nccl;

import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.CheckedComm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.RankChannel;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.nccl;
import org.bytedeco.javacpp.Pointer;

/**
 * Collectives through NCCL, one device per rank, ranks being threads or processes. {@code channel} carries NCCL's unique id, barriers and
 * failures. The communicator is made by the first collective, and anew by the first one after a failure.
 *
 * <p>Collectives are queued and return at once. When a rank fails, NCCL reports an error, or the device waits in one collective for
 * longer than the channel's time limit, every rank's communicator is aborted, which ends what is queued; the next collective or barrier
 * throws, and names the rank that failed or did not come. NCCL sums in an order of its own.
 */
public final class NcclComm extends CheckedComm {
    private final RankChannel channel;
    private final NcclDevice device;
    private final Communicator communicator;
    private final CUstream_st main;
    private final CUstream_st side;

    /** @param device closed with this communicator; NCCL's library must be loaded and {@linkplain #requireVersion new enough} */
    public NcclComm(RankChannel channel, NcclDevice device) {
        super(channel.rank(), channel.size());
        this.channel = channel;
        this.device = device;
        communicator = new Communicator(channel, device);
        main = stream(device.mainStream());
        side = stream(device.sideStream());
    }

    /** @throws BackendException when NCCL's library, which must be loaded, is too old */
    public static void requireVersion() {
        int version = version();
        if (version < NonBlocking.OLDEST) {
            throw new BackendException(
                    "cuda: NCCL must be 2.14 or newer, whose communicators can be given up while they are made, got "
                            + version + " as it numbers itself; install a newer one");
        }
    }

    /** NCCL's version as one number, e.g. 22900; its library must be loaded. */
    public static int version() {
        int[] version = new int[1];
        int code = nccl.ncclGetVersion(version);
        if (code != nccl.ncclSuccess) {
            throw new NcclException(
                    "ncclGetVersion", code, nccl.ncclGetErrorString(code).getString());
        }
        return version[0];
    }

    @Override
    protected void sum(Tensor tensor) {
        queue(() -> allReduce(tensor, device.mainStream()));
    }

    private void allReduce(Tensor tensor, long stream) {
        Pointer data = new NativeAddress(tensor.address());
        communicator.call(
                describe("ncclAllReduce", tensor),
                stream,
                comm -> nccl.ncclAllReduce(
                        data,
                        data,
                        tensor.numel(),
                        type(tensor.dtype()),
                        nccl.ncclSum,
                        comm,
                        stream == device.mainStream() ? main : side));
    }

    @Override
    public long overlapFrom() {
        return LONG_PRODUCT;
    }

    /** Sums on the second stream, beside what the caller queues meanwhile. */
    @Override
    protected Transfer startSum(Tensor tensor) {
        queue(() -> {
            device.sideAfterMain();
            allReduce(tensor, device.sideStream());
        });
        return () -> {
            synchronized (device.lock()) {
                device.mainAfterSide();
            }
        };
    }

    @Override
    protected void gather(Tensor out, Tensor part) {
        queue(() -> communicator.call(
                describe("ncclAllGather", part),
                device.mainStream(),
                comm -> nccl.ncclAllGather(
                        new NativeAddress(part.address()),
                        new NativeAddress(out.address()),
                        part.numel(),
                        type(part.dtype()),
                        comm,
                        main)));
    }

    /** Sends and receives of one group, which NCCL runs together. */
    @Override
    protected void exchange(Tensor out, Tensor in) {
        long count = in.numel() / size();
        long bytes = count * in.dtype().bytes();
        queue(() ->
                communicator.call(describe("all-to-all by ncclSend and ncclRecv", in), device.mainStream(), comm -> {
                    int code = nccl.ncclGroupStart();
                    for (int p = 0; p < size() && code == nccl.ncclSuccess; p++) {
                        Pointer source = new NativeAddress(in.address() + p * bytes);
                        Pointer target = new NativeAddress(out.address() + p * bytes);
                        code = nccl.ncclSend(source, count, type(in.dtype()), p, comm, main);
                        if (code == nccl.ncclSuccess) {
                            code = nccl.ncclRecv(target, count, type(in.dtype()), p, comm, main);
                        }
                    }
                    int ended = nccl.ncclGroupEnd();
                    return code == nccl.ncclSuccess ? ended : code;
                }));
    }

    @Override
    protected void spread(Tensor tensor, int root) {
        Pointer data = new NativeAddress(tensor.address());
        queue(() -> communicator.call(
                describe("ncclBroadcast", tensor),
                device.mainStream(),
                comm -> nccl.ncclBroadcast(data, data, tensor.numel(), type(tensor.dtype()), root, comm, main)));
    }

    private void queue(Runnable work) {
        communicator.open();
        synchronized (device.lock()) {
            device.makeCurrent();
            work.run();
        }
    }

    @Override
    public void barrier() {
        device.synchronize();
        ByteBuffer[] nothing = new ByteBuffer[size()];
        for (int p = 0; p < size(); p++) {
            nothing[p] = ByteBuffer.allocate(0);
        }
        channel.exchange("barrier", nothing, nothing);
    }

    @Override
    public void abort(Throwable cause) {
        channel.abort(cause);
        communicator.abort();
    }

    @Override
    public void close() {
        try (channel;
                device) {
            communicator.close();
        }
    }

    private static CUstream_st stream(long handle) {
        return new CUstream_st(new NativeAddress(handle));
    }

    /** Bytes stand for the types NCCL need not add. */
    private static int type(DType dtype) {
        return switch (dtype) {
            case F32 -> nccl.ncclFloat32;
            case BF16 -> nccl.ncclBfloat16;
            case F16 -> nccl.ncclFloat16;
            case I32 -> nccl.ncclInt32;
            case U8, F8_E4M3 -> nccl.ncclUint8;
        };
    }

    /** A place in device memory, or a handle. */
    private static final class NativeAddress extends Pointer {
        NativeAddress(long value) {
            address = value;
        }
    }
}
