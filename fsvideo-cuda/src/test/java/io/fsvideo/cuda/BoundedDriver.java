package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * An {@link IdleDriver} that knows its memory: copies and tensor maps must stay inside live blocks, and every launch is held against its
 * kernel's contract with their true sizes. So the launches of a whole model at full size are checked in seconds, without a device.
 */
public final class BoundedDriver {
    /** An address beyond 32 bits, as devices have. */
    private static final long FIRST = 1L << 36;

    private final IdleDriver idle;
    private final TreeMap<Long, Long> live = new TreeMap<>();
    private long next = FIRST;

    private BoundedDriver(DeviceReport report) {
        idle = new IdleDriver(report);
    }

    /** Devices that take different code. */
    public enum Kind {
        H200(new DeviceReport("NVIDIA H200", 9, 0, 141L << 30, 132, 232448, 13000)),
        A100(new DeviceReport("NVIDIA A100", 8, 0, 80L << 30, 108, 166912, 13000)),
        /** Has the least shared memory. */
        RTX_4090(new DeviceReport("NVIDIA GeForce RTX 4090", 8, 9, 24L << 30, 128, 101376, 13000));

        private final DeviceReport report;

        Kind(DeviceReport report) {
            this.report = report;
        }

        public Backend open() {
            return BoundedDriver.open(report);
        }

        /** A backend for plans only, which run on a device of this kind. */
        public Backend planned() {
            return planned(Comm.single());
        }

        /** The same of one rank. */
        public Backend planned(Comm ranks) {
            Backend idle = new CudaBackend("bounded", new IdleDriver(report), BackendOptions.defaults());
            return with("planning", () -> with("comm", () -> ranks, open()), idle);
        }

        private static Backend with(String name, Supplier<?> result, Backend backend) {
            return proxy(
                    Backend.class,
                    backend,
                    (proxy, method, arguments) ->
                            method.getName().equals(name) ? result.get() : invoke(backend, method, arguments));
        }
    }

    private static Backend open(DeviceReport report) {
        BoundedDriver memory = new BoundedDriver(report);
        Driver driver = proxy(Driver.class, memory.idle, (proxy, method, arguments) -> {
            switch (method.getName()) {
                case "openStream":
                    return memory.stream(memory.idle.openStream());
                case "encode":
                    memory.requireInside((TensorMap) arguments[0]);
                    break;
                default:
            }
            return invoke(memory.idle, method, arguments);
        });
        return new CudaBackend(
                "bounded", driver, BackendOptions.defaults(), (kernel, image, function, grid, block, sharedBytes) -> {
                    if (sharedBytes > report.sharedBytesPerBlock()) {
                        throw new AssertionError(
                                function.entry() + ": shared bytes must fit the device, got " + sharedBytes);
                    }
                    image.contract(function.entry())
                            .check(
                                    grid,
                                    new int[] {block, 1, 1},
                                    sharedBytes,
                                    function.values(),
                                    function.layout().offsets(),
                                    memory::bytesAt);
                });
    }

    private Stream stream(Stream stream) {
        return proxy(Stream.class, stream, (proxy, method, arguments) -> {
            switch (method.getName()) {
                case "allocate":
                    return allocate((long) arguments[0]);
                case "free":
                    if (live.remove((long) arguments[0]) == null) {
                        throw new AssertionError("free of " + arguments[0]);
                    }
                    return null;
                case "copy":
                    requireInside((long) arguments[1], (long) arguments[2]);
                    requireInside((long) arguments[0], (long) arguments[2]);
                    break;
                case "zero":
                    requireInside((long) arguments[0], (long) arguments[1]);
                    break;
                case "copyIn":
                    requireInside((long) arguments[0], (int) arguments[3]);
                    break;
                case "copyOut":
                    requireInside((long) arguments[2], (int) arguments[3]);
                    break;
                default:
            }
            return invoke(stream, method, arguments);
        });
    }

    private static <T> T proxy(Class<T> type, T target, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private long allocate(long bytes) {
        long address = next;
        next += (bytes + 511) & -256;
        live.put(address, bytes);
        return address;
    }

    private long bytesAt(long address) {
        Map.Entry<Long, Long> block = live.floorEntry(address);
        return block == null ? 0 : Math.max(0, block.getKey() + block.getValue() - address);
    }

    private void requireInside(long address, long bytes) {
        if (bytesAt(address) < bytes) {
            throw new AssertionError("copy: must stay inside a block, got " + bytes + " bytes of " + bytesAt(address));
        }
    }

    /** Within the block, and what {@code cuTensorMapEncodeTiled} takes. */
    private void requireInside(TensorMap map) {
        long bytes = 2 * map.sizes()[0];
        for (int i = 1; i < map.rank(); i++) {
            long stride = map.strides()[i - 1];
            if (stride % 16 != 0 || stride >= 1L << 40 || map.sizes()[i] > 1L << 32) {
                throw new AssertionError("tensor map: strides must be multiples of 16 below 2^40, got " + map);
            }
            bytes += (map.sizes()[i] - 1) * stride;
        }
        requireInside(map.address(), bytes);
    }
}
