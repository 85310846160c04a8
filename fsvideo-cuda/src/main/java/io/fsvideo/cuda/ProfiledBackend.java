package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.HostStore;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A CUDA backend that can measure every operation with events in the device's stream. The times of all operations add up to the time
 * the device was busy or waiting for them. One thread at a time.
 */
public final class ProfiledBackend implements Backend {
    private final CudaBackend backend;
    private final Device device;
    private final Ops ops;
    private final List<Driver.Event> events = new ArrayList<>();
    private final List<OpCost> costs = new ArrayList<>();
    private boolean measuring;

    private ProfiledBackend(CudaBackend backend) {
        this.backend = backend;
        device = backend.device();
        AroundOps measured = this::measure;
        ops = measured.of(backend.ops());
    }

    /** @throws BackendException when the name is not a CUDA backend's, or as {@link Backend#open} */
    public static ProfiledBackend open(String name, BackendOptions options) {
        return of(Backend.open(name, options));
    }

    /** Measures {@code backend} and closes it with this one. */
    static ProfiledBackend of(Backend backend) {
        if (backend instanceof CudaBackend cuda) {
            return new ProfiledBackend(cuda);
        }
        backend.close();
        throw new BackendException("profile: backend must be a CUDA backend, got " + backend.name());
    }

    private void measure(String op, Object[] arguments, AroundOps.Call call) throws Throwable {
        synchronized (device) {
            if (measuring && costs.isEmpty()) {
                mark(0);
            }
            call.run();
            if (measuring) {
                costs.add(OpCost.of(op, arguments));
                mark(costs.size());
            }
        }
    }

    /** Driver.Event {@code index} is the end of operation {@code index - 1} and the beginning of the next. */
    private void mark(int index) {
        if (index == events.size()) {
            events.add(device.driver().openEvent());
        }
        device.stream().record(events.get(index));
    }

    /** Measures the operations from here on. */
    public void begin() {
        synchronized (device) {
            measuring = true;
        }
    }

    /** Waits, stops to measure, and gives the times of all operations since {@link #begin}, the longest first. */
    public List<OpTime> end() {
        synchronized (device) {
            measuring = false;
            device.stream().synchronize();
            Map<String, OpTime> sums = new TreeMap<>();
            for (int i = 0; i < costs.size(); i++) {
                OpCost cost = costs.get(i);
                double milliseconds = events.get(i + 1).millisecondsSince(events.get(i));
                sums.merge(
                        cost.op(),
                        new OpTime(cost.op(), 1, milliseconds, cost.flops(), cost.bytes()),
                        (sum, one) -> sum.plus(one.milliseconds(), one.flops(), one.bytes()));
            }
            costs.clear();
            return sums.values().stream()
                    .sorted(Comparator.comparingDouble(OpTime::milliseconds).reversed())
                    .toList();
        }
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public String description() {
        return backend.description();
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    public DType computeDType() {
        return backend.computeDType();
    }

    @Override
    public long allocate(long bytes) {
        return backend.allocate(bytes);
    }

    @Override
    public void free(long address, long bytes) {
        backend.free(address, bytes);
    }

    @Override
    public long packedBytes(Layout layout, DType dtype, Shape shape) {
        return backend.packedBytes(layout, dtype, shape);
    }

    @Override
    public boolean multipliesFp8(Shape weight) {
        return backend.multipliesFp8(weight);
    }

    @Override
    public void copyIn(Tensor target, long offset, ByteBuffer source) {
        backend.copyIn(target, offset, source);
    }

    @Override
    public void copyOut(ByteBuffer target, Tensor source, long offset) {
        backend.copyOut(target, source, offset);
    }

    @Override
    public void synchronize() {
        backend.synchronize();
    }

    @Override
    public long bytesInUse() {
        return backend.bytesInUse();
    }

    @Override
    public long peakBytes() {
        return backend.peakBytes();
    }

    @Override
    public void resetPeak() {
        backend.resetPeak();
    }

    @Override
    public Backend planning() {
        return backend.planning();
    }

    @Override
    public HostStore hostStore() {
        return backend.hostStore();
    }

    @Override
    public Comm comm() {
        return backend.comm();
    }

    @Override
    public void close() {
        try (backend) {
            events.forEach(Driver.Event::close);
            events.clear();
        }
    }

    /**
     * What a call of an operation must compute and move at least.
     *
     * @param flops of products, attention and convolutions, 0 for others
     * @param bytes of its tensors
     */
    record OpCost(String op, double flops, double bytes) {
        static OpCost of(String op, Object[] arguments) {
            double bytes = 0;
            for (Object argument : arguments) {
                if (argument instanceof Tensor tensor) {
                    bytes += tensor.bytes();
                } else if (argument instanceof List<?> list) {
                    bytes += list.stream()
                            .mapToDouble(item -> ((Tensor) item).bytes())
                            .sum();
                }
            }
            return new OpCost(op, flops(op, arguments), bytes);
        }

        /** The first arguments are the result and the inputs, in the order of {@code Ops}. */
        private static double flops(String op, Object[] arguments) {
            return switch (op) {
                case "linear", "linearGatedAdd" ->
                    2.0 * tensor(arguments, 1).numel() * tensor(arguments, 2).dim(0);
                case "attention" ->
                    4.0 * tensor(arguments, 1).numel() * tensor(arguments, 2).dim(1);
                case "linearAttention" ->
                    4.0 * tensor(arguments, 1).numel() * tensor(arguments, 1).dim(-1);
                case "conv3d" ->
                    2.0
                            * tensor(arguments, 0).numel()
                            * tensor(arguments, 2).numel()
                            / tensor(arguments, 2).dim(0);
                default -> 0;
            };
        }

        private static Tensor tensor(Object[] arguments, int index) {
            return (Tensor) arguments[index];
        }
    }
}
