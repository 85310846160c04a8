package io.fsvideo.cpu;

import io.fsvideo.comm.HostComm;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Computes on this machine's processors. Results do not depend on the number of threads: oneDNN runs single-threaded and work is split
 * here, by shapes only. Operations of several threads run one after another.
 */
final class CpuBackend implements Backend {
    private final BackendOptions options;
    private final OneDnn oneDnn;
    private final NativePool memory;
    private final WorkerPool workers;
    private final Primitives primitives;
    private final PackedWeights packed;
    private final CpuOps ops;
    private final DType products;
    private final Comm comm;
    private boolean closed;

    private CpuBackend(BackendOptions options, OneDnn oneDnn, DType products) {
        this(options, oneDnn, products, new NativePool(options.memoryLimit()));
    }

    private CpuBackend(BackendOptions options, OneDnn oneDnn, DType products, NativePool memory) {
        this.options = options;
        this.oneDnn = oneDnn;
        this.products = products;
        this.memory = memory;
        workers = new WorkerPool(options.threads(), oneDnn, memory);
        primitives = new Primitives(oneDnn, workers::workers);
        packed = new PackedWeights(primitives);
        ops = new CpuOps(new Context(workers, memory, primitives, packed, products));
        comm = HostComm.over(options.channel(), this);
    }

    static CpuBackend open(BackendOptions options) {
        return openOver(new NativePool(options.memoryLimit()), options);
    }

    /** Takes all its memory from {@code memory}, which it closes; so that a test can refuse any of it. */
    static CpuBackend openOver(NativePool memory, BackendOptions options) {
        OneDnn oneDnn = OneDnn.load();
        DType products = OneDnn.hasBf16(oneDnn.instructionSet()) ? DType.BF16 : DType.F32;
        return new CpuBackend(options, oneDnn, products, memory);
    }

    /** Multiplies BF16 tensors in {@code products} whatever the processor has, so that both ways can be tested anywhere. */
    static CpuBackend openWithProducts(DType products, BackendOptions options) {
        return new CpuBackend(options, OneDnn.load(), products);
    }

    @Override
    public String name() {
        return CpuBackendProvider.NAME;
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "CPU, oneDNN %s (instruction set 0x%x), %d threads, products of BF16 in %s",
                oneDnn.version(),
                oneDnn.instructionSet(),
                options.threads(),
                products);
    }

    @Override
    public Ops ops() {
        return ops;
    }

    /** F32, so that one seed gives one video on every processor; BF16 is the user's choice. */
    @Override
    public DType computeDType() {
        return DType.F32;
    }

    @Override
    public long allocate(long bytes) {
        return memory.allocate(bytes);
    }

    @Override
    public void free(long address, long bytes) {
        memory.free(address, bytes);
    }

    @Override
    public long packedBytes(Layout layout, DType dtype, Shape shape) {
        return ops.packedBytes(layout, dtype, shape);
    }

    @Override
    public void copyIn(Tensor target, long offset, ByteBuffer source) {
        requireRange("copyIn", target, offset, source.remaining());
        HostCopy.toNative(source.order(ByteOrder.LITTLE_ENDIAN), target.address() + offset);
    }

    @Override
    public void copyOut(ByteBuffer target, Tensor source, long offset) {
        requireRange("copyOut", source, offset, target.remaining());
        HostCopy.fromNative(source.address() + offset, target);
    }

    private static void requireRange(String op, Tensor tensor, long offset, int count) {
        if (offset < 0 || offset > tensor.bytes() - count) {
            throw new IndexOutOfBoundsException(op + ": bytes must be within 0.." + tensor.bytes() + " of " + tensor
                    + ", got " + count + " from " + offset);
        }
    }

    @Override
    public void synchronize() {
        // Operations return when they are done.
    }

    @Override
    public long bytesInUse() {
        return memory.inUse();
    }

    @Override
    public long peakBytes() {
        return memory.peak();
    }

    @Override
    public void resetPeak() {
        memory.resetPeak();
    }

    @Override
    public Comm comm() {
        return comm;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        int live = memory.liveBlocks();
        long bytes = memory.inUse();
        comm.close();
        workers.close();
        primitives.close();
        packed.close();
        oneDnn.close();
        memory.close();
        if (live != 0) {
            throw new IllegalStateException("cpu: tensors must be freed before the backend closes, got " + live
                    + " live of " + bytes + " bytes; close their arenas first");
        }
    }

    /** Copies between byte buffers of any kind and native memory; advances the buffer's position. */
    private static final class HostCopy {
        private static final int BLOCK = 1 << 16;

        private HostCopy() {}

        static void toNative(ByteBuffer source, long address) {
            int count = source.remaining();
            if (source.isDirect()) {
                try (BytePointer from = new BytePointer(source)) {
                    Pointer.memcpy(new Address().at(address), from, count);
                }
                source.position(source.limit());
                return;
            }
            byte[] block = new byte[Math.min(BLOCK, count)];
            for (int done = 0; done < count; done += block.length) {
                int step = Math.min(block.length, count - done);
                source.get(block, 0, step);
                new Staging().storeBytes(block, step, address + done);
            }
        }

        static void fromNative(long address, ByteBuffer target) {
            int count = target.remaining();
            if (target.isDirect()) {
                try (BytePointer to = new BytePointer(target)) {
                    Pointer.memcpy(to, new Address().at(address), count);
                }
                target.position(target.limit());
                return;
            }
            byte[] block = new byte[Math.min(BLOCK, count)];
            for (int done = 0; done < count; done += block.length) {
                int step = Math.min(block.length, count - done);
                new Staging().loadBytes(address + done, block, step);
                target.put(block, 0, step);
            }
        }
    }
}
