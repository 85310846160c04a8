package io.fsvideo.cuda;

import io.fsvideo.comm.HostComm;
import io.fsvideo.cuda.natives.CudaLibraries;
import io.fsvideo.cuda.nccl.NcclComm;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.HostStore;
import io.fsvideo.tensor.LaunchMode;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.PlanComm;
import io.fsvideo.tensor.RankChannel;
import io.fsvideo.tensor.Recording;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Computes on one CUDA device. Operations are queued and return at once; those of several threads are queued one after another. */
final class CudaBackend implements Backend {
    private final String name;
    private final Device device;
    private final Ops ops;
    private final Comm comm;
    private final LaunchMode launches;
    private boolean closed;

    CudaBackend(String name, Driver driver, BackendOptions options) {
        this(name, driver, options, Launch.Listener.NONE);
    }

    /** Shows every launch to {@code listener}. */
    CudaBackend(String name, Driver driver, BackendOptions options, Launch.Listener listener) {
        this(name, new Device(driver, options, listener), options.launches(), b -> HostComm.over(options.channel(), b));
    }

    private CudaBackend(String name, Device device, LaunchMode wanted, Function<CudaBackend, Comm> comm) {
        this.name = name;
        this.device = device;
        CudaOps kernels = new CudaOps(device);
        ops = device.nvtx() == null ? kernels : device.nvtx().around(kernels);
        this.comm = comm.apply(this);
        // A replayed graph would pass by the names of its operations.
        boolean records = device.matrixLibrary() == null && device.nvtx() == null && this.comm.size() == 1;
        launches = records ? wanted : LaunchMode.EAGER;
    }

    /** A rank with a device of its own, whose collectives go through NCCL. */
    static CudaBackend openWithNccl(String name, CudaDriver driver, BackendOptions options) {
        Opening.orClose(driver, CudaBackend::loadNccl);
        Device device = new Device(driver, options, Launch.Listener.NONE);
        return Opening.orClose(device, () -> {
            NcclComm comm = new NcclComm(options.channel(), new CudaNcclDevice(driver, device));
            return new CudaBackend(name, device, LaunchMode.EAGER, backend -> comm);
        });
    }

    private static Void loadNccl() {
        CudaLibraries.ofThisMachine().loadNccl();
        NcclComm.requireVersion();
        return null;
    }

    /** Ranks that share one device: its stream orders their work, its memory and limit are common. */
    static List<Backend> openSharing(
            String name, Driver driver, BackendOptions options, Launch.Listener listener, List<RankChannel> channels) {
        if (channels.size() > ElementKernels.MOST_RANKS) {
            driver.close();
            throw new BackendException(name + ": ranks on one device must be at most " + ElementKernels.MOST_RANKS
                    + ", got " + channels.size());
        }
        Device device = new Device(driver, options, listener);
        device.sharedBy(channels.size());
        List<Backend> ranks = new ArrayList<>();
        for (RankChannel channel : channels) {
            ranks.add(new CudaBackend(name, device, LaunchMode.EAGER, backend -> new LoopbackComm(channel, device)));
        }
        return ranks;
    }

    Device device() {
        return device;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return device.report().toString();
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    public HostStore hostStore() {
        return device.hostStore();
    }

    /** The same launches without a device, so that their working memory is counted too. */
    @Override
    public Backend planning() {
        Driver idle = new IdleDriver(device.report());
        Device counting = new Device(idle, BackendOptions.defaults(), Launch.Listener.NONE);
        return new CudaBackend("plan for " + name, counting, launches, backend -> PlanComm.of(comm));
    }

    /** Not with a matrix library or several ranks, which do what cannot be recorded, nor with names for a profiler. */
    @Override
    public Recording recording() {
        return launches == LaunchMode.GRAPH ? new CudaRecording(device) : null;
    }

    @Override
    public DType computeDType() {
        return DType.BF16;
    }

    @Override
    public long allocate(long bytes) {
        synchronized (device) {
            return device.memory().allocate(bytes);
        }
    }

    @Override
    public void free(long address, long bytes) {
        synchronized (device) {
            device.memory().free(address);
        }
    }

    @Override
    public long packedBytes(Layout layout, DType dtype, Shape shape) {
        return Weights.packedBytes(layout, dtype, shape);
    }

    @Override
    public boolean multipliesFp8(Shape weight) {
        return ScaledWeights.takes(Layout.LINEAR, DType.F8_E4M3, weight);
    }

    @Override
    public void copyIn(Tensor target, long offset, ByteBuffer source) {
        requireRange("copyIn", target, offset, source.remaining());
        synchronized (device) {
            device.staging().copyIn(target.address() + offset, source);
        }
    }

    @Override
    public void copyOut(ByteBuffer target, Tensor source, long offset) {
        requireRange("copyOut", source, offset, target.remaining());
        synchronized (device) {
            device.staging().copyOut(target, source.address() + offset);
        }
    }

    private static void requireRange(String op, Tensor tensor, long offset, int count) {
        if (offset < 0 || offset > tensor.bytes() - count) {
            throw new IndexOutOfBoundsException(op + ": bytes must be within 0.." + tensor.bytes() + " of " + tensor
                    + ", got " + count + " from " + offset);
        }
    }

    @Override
    public void synchronize() {
        synchronized (device) {
            device.stream().synchronize();
        }
    }

    @Override
    public long bytesInUse() {
        synchronized (device) {
            return device.memory().inUse();
        }
    }

    @Override
    public long peakBytes() {
        synchronized (device) {
            return device.memory().peak();
        }
    }

    @Override
    public void resetPeak() {
        synchronized (device) {
            device.memory().resetPeak();
        }
    }

    @Override
    public Comm comm() {
        return comm;
    }

    @Override
    public void close() {
        synchronized (device) {
            if (closed) {
                return;
            }
            closed = true;
            comm.close();
            if (!device.release()) {
                return;
            }
            int live = device.memory().liveBlocks();
            long bytes = device.memory().inUse();
            device.close();
            if (live != 0) {
                throw new IllegalStateException(name + ": tensors must be freed before the backend closes, got " + live
                        + " live of " + bytes + " bytes; close their arenas first");
            }
        }
    }
}
