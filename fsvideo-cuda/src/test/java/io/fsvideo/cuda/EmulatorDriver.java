package io.fsvideo.cuda;

import io.fsvideo.kernels.EmulatorLibrary;
import io.fsvideo.kernels.KernelImage;
import io.fsvideo.kernels.LaunchContract;
import io.fsvideo.tensor.BackendException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A driver whose device is the emulator: everything runs on the calling thread, at once unless a {@link Schedule} says otherwise. */
final class EmulatorDriver implements Driver {
    private static final int ALIGNMENT = 128;
    private static final int SHARED_BYTES = 232448;
    private static final int PROCESSORS = 2;

    /** When the work of a stream runs, within what events allow. The first stream is the backend's, others copy. */
    enum Schedule {
        AT_ONCE,
        /** Copies only when something waits for them. */
        LATE_COPIES,
        /** Copies at once, everything else only when something waits for it. */
        LATE_WORK
    }

    private final EmulatorLibrary library;
    private final Schedule schedule;
    private final Refusal refusal;
    private final EmulatorMemory memory;
    private final DeviceReport report;
    private long pinnedBytes;
    private boolean closed;
    private int open;
    private int streams;

    /**
     * @param major compute capability: 9 runs the code for Hopper, 8 the plain code
     * @param bytes memory of the device
     */
    EmulatorDriver(EmulatorLibrary library, int major, long bytes) {
        this(library, major, bytes, Schedule.AT_ONCE);
    }

    EmulatorDriver(EmulatorLibrary library, int major, long bytes, Schedule schedule) {
        this(library, major, bytes, schedule, new Refusal());
    }

    /** @param refusal asked before whatever takes memory */
    EmulatorDriver(EmulatorLibrary library, int major, long bytes, Schedule schedule, Refusal refusal) {
        this.library = library;
        this.schedule = schedule;
        this.refusal = refusal;
        memory = new EmulatorMemory(bytes);
        report = new DeviceReport("emulator", major, 0, bytes, PROCESSORS, SHARED_BYTES, 0);
    }

    @Override
    public DeviceReport report() {
        return report;
    }

    @Override
    public long freeBytes() {
        return memory.freeBytes();
    }

    @Override
    public Stream openStream() {
        refusal.require("a stream");
        open++;
        boolean copies = streams++ > 0;
        return new EmulatorStream(this, schedule == (copies ? Schedule.LATE_COPIES : Schedule.LATE_WORK));
    }

    @Override
    public Driver.Event openEvent() {
        refusal.require("an event");
        open++;
        return new EmulatorEvent(this);
    }

    @Override
    public Driver.PinnedMemory pin(int bytes) {
        refusal.require("page-locked memory");
        pinnedBytes += bytes;
        ByteBuffer buffer = aligned(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new Driver.PinnedMemory() {
            @Override
            public ByteBuffer buffer() {
                return buffer;
            }

            @Override
            public void close() {
                pinnedBytes -= bytes;
            }
        };
    }

    private static ByteBuffer aligned(int bytes) {
        return ByteBuffer.allocateDirect(bytes + 2 * ALIGNMENT)
                .alignedSlice(ALIGNMENT)
                .slice(0, bytes)
                .order(ByteOrder.nativeOrder());
    }

    @Override
    public Driver.Function load(String kernel, KernelImage image, String entry) {
        refusal.require("the code of a kernel");
        return new EmulatorFunction(entry, image.contract(entry), ParameterLayout.of(image.parameters(entry)));
    }

    @Override
    public void encode(TensorMap map, ByteBuffer target, int offset) {
        library.encodeTensorMap(
                target.slice(offset, EmulatorLibrary.TENSOR_MAP_BYTES),
                map.type(),
                map.address(),
                map.sizes(),
                map.strides(),
                map.box(),
                map.swizzle());
    }

    @Override
    public MatrixLibrary openMatrixLibrary(Stream stream) {
        throw new BackendException("emulator: has no cuBLAS; use the kernels");
    }

    @Override
    public DnnLibrary openDnnLibrary(Stream stream) {
        throw new BackendException("emulator: has no cuDNN; use the kernels");
    }

    @Override
    public void close() {
        closed = true;
        if (!isEmpty()) {
            throw new AssertionError("emulator: everything must be freed before close, got " + memory.liveBlocks()
                    + " device blocks of " + memory.inUse() + " bytes, " + pinnedBytes + " pinned bytes, " + open
                    + " streams, events or graphs");
        }
    }

    /** Whether nothing is held of it. */
    boolean isEmpty() {
        return memory.liveBlocks() == 0 && pinnedBytes == 0 && open == 0;
    }

    boolean isClosed() {
        return closed;
    }

    Refusal refusal() {
        return refusal;
    }

    EmulatorLibrary library() {
        return library;
    }

    EmulatorMemory memory() {
        return memory;
    }

    void opened() {
        open++;
    }

    void closed() {
        open--;
    }

    /** An entry and its parameter block. */
    record EmulatorFunction(
            String entry, LaunchContract contract, ParameterLayout layout, int[] offsets, ByteBuffer values)
            implements Driver.Function {
        EmulatorFunction(String entry, LaunchContract contract, ParameterLayout layout) {
            this(entry, contract, layout, layout.offsets(), aligned(Math.max(1, layout.bytes())));
        }
    }

    /** A point in time. */
    static final class EmulatorEvent implements Driver.Event {
        private final EmulatorDriver driver;
        private long nanoseconds;
        private Runnable point = () -> {};

        EmulatorEvent(EmulatorDriver driver) {
            this.driver = driver;
        }

        void passed() {
            nanoseconds = System.nanoTime();
        }

        void recordedIn(EmulatorStream stream) {
            long count = stream.queued();
            point = () -> stream.runUntil(count);
        }

        /** Runs what comes before the event as recorded last. */
        Runnable point() {
            return point;
        }

        @Override
        public void synchronize() {
            point.run();
        }

        @Override
        public float millisecondsSince(Driver.Event start) {
            return (nanoseconds - ((EmulatorEvent) start).nanoseconds) / 1e6f;
        }

        @Override
        public void close() {
            driver.closed();
        }
    }
}
