package io.fsvideo.reference;

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

/** Backend that computes every operation by its definition in binary64, on one thread; packed weights are plain weights. */
public final class ReferenceBackend implements Backend {
    /** The name it is opened by. */
    public static final String NAME = "reference";

    private final ReferenceMemory memory;
    private final Ops ops;
    private final Comm comm;

    ReferenceBackend(BackendOptions options) {
        memory = new ReferenceMemory(options.memoryLimit());
        ops = ReferenceOps.over(memory);
        comm = HostComm.over(options.channel(), this);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "definitions in binary64, one thread";
    }

    @Override
    public Ops ops() {
        return ops;
    }

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
        return shape.numel() * dtype.bytes();
    }

    @Override
    public void copyIn(Tensor target, long offset, ByteBuffer source) {
        memory.bytes(target).position(Math.toIntExact(offset)).put(source);
    }

    @Override
    public void copyOut(ByteBuffer target, Tensor source, long offset) {
        target.put(memory.bytes(source).slice(Math.toIntExact(offset), target.remaining()));
    }

    @Override
    public void synchronize() {}

    @Override
    public long bytesInUse() {
        return memory.bytesInUse();
    }

    @Override
    public long peakBytes() {
        return memory.peakBytes();
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
    public void close() {
        if (memory.bytesInUse() != 0) {
            throw new IllegalStateException(
                    "reference: tensors must be freed before close, got " + memory.bytesInUse() + " bytes in use");
        }
    }
}
