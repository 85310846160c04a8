package io.fsvideo.tensor;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A backend that computes nothing and holds nothing but counts every byte the same calls would take on another backend. Running a
 * model on it gives the exact memory plan, and the names and shapes of its weights, without allocating them. Data read back is zeros.
 */
public final class PlanBackend implements Backend {
    private static final long FIRST_ADDRESS = 1L << 20;

    private final Backend target;
    private final Ops ops = (Ops) Proxy.newProxyInstance(
            Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> null);
    private final AtomicLong next = new AtomicLong(FIRST_ADDRESS);
    private final AtomicLong inUse = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    /** @param target the backend whose sizes and compute dtype are imitated; not closed by this one */
    public PlanBackend(Backend target) {
        this.target = target;
    }

    @Override
    public String name() {
        return "plan for " + target.name();
    }

    @Override
    public String description() {
        return "plan for " + target.description();
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    public DType computeDType() {
        return target.computeDType();
    }

    @Override
    public long allocate(long bytes) {
        long total = inUse.addAndGet(bytes);
        peak.accumulateAndGet(total, Math::max);
        return next.addAndGet(64);
    }

    @Override
    public void free(long address, long bytes) {
        inUse.addAndGet(-bytes);
    }

    @Override
    public long packedBytes(Layout layout, DType dtype, Shape shape) {
        return target.packedBytes(layout, dtype, shape);
    }

    @Override
    public boolean multipliesFp8(Shape weight) {
        return target.multipliesFp8(weight);
    }

    @Override
    public void copyIn(Tensor tensor, long offset, ByteBuffer source) {
        source.position(source.limit());
    }

    @Override
    public void copyOut(ByteBuffer buffer, Tensor source, long offset) {
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0);
        }
    }

    @Override
    public void synchronize() {}

    @Override
    public long bytesInUse() {
        return inUse.get();
    }

    @Override
    public long peakBytes() {
        return peak.get();
    }

    @Override
    public void resetPeak() {
        peak.set(inUse.get());
    }

    @Override
    public Comm comm() {
        return PlanComm.of(target.comm());
    }

    @Override
    public void close() {
        if (inUse.get() != 0) {
            throw new IllegalStateException(
                    "planBackend: tensors must be freed before close, got " + inUse + " bytes in use");
        }
    }
}
