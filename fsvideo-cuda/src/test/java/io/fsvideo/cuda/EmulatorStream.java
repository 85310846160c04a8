package io.fsvideo.cuda;

import io.fsvideo.cuda.EmulatorDriver.EmulatorEvent;
import io.fsvideo.cuda.EmulatorDriver.EmulatorFunction;
import io.fsvideo.cuda.EmulatorMemory.Address;
import io.fsvideo.kernels.EmulatorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Runs what it is given at once, or as late as {@link EmulatorDriver.Schedule} says, or keeps it while a graph is captured. */
final class EmulatorStream implements Stream {
    private static final int LAUNCH_FAILED = 719;

    private final EmulatorDriver driver;
    private final boolean late;
    private final Deque<Runnable> pending = new ArrayDeque<>();
    private long queued;
    private long done;
    private List<Runnable> captured;

    EmulatorStream(EmulatorDriver driver, boolean late) {
        this.driver = driver;
        this.late = late;
    }

    private void queue(Runnable work) {
        if (captured != null) {
            captured.add(work);
        } else {
            pending.add(work);
            queued++;
            runUntil(late ? done : queued);
        }
    }

    /** How much has been queued so far. */
    long queued() {
        return queued;
    }

    /** Runs the first {@code count} things ever queued, as far as they have not run. */
    void runUntil(long count) {
        while (done < count) {
            done++;
            pending.remove().run();
        }
    }

    @Override
    public long allocate(long bytes) {
        return driver.refusal().refusesMemory() ? 0 : driver.memory().allocate(bytes);
    }

    @Override
    public void free(long address) {
        queue(() -> driver.memory().free(address));
    }

    @Override
    public void trim() {
        runUntil(queued);
    }

    @Override
    public void copyIn(long target, Driver.PinnedMemory source, int offset, int bytes) {
        queue(() -> Pointer.memcpy(new Address(target), pinned(source, offset), bytes));
    }

    @Override
    public void copyOut(Driver.PinnedMemory target, int offset, long source, int bytes) {
        queue(() -> Pointer.memcpy(pinned(target, offset), new Address(source), bytes));
    }

    private static Pointer pinned(Driver.PinnedMemory memory, int offset) {
        ByteBuffer whole = memory.buffer().duplicate().clear();
        return new BytePointer(whole).getPointer(offset);
    }

    @Override
    public void copy(long target, long source, long bytes) {
        queue(() -> Pointer.memcpy(new Address(target), new Address(source), bytes));
    }

    @Override
    public void zero(long address, long bytes) {
        queue(() -> Pointer.memset(new Address(address), 0, bytes));
    }

    @Override
    public void launch(Driver.Function function, int gridX, int gridY, int gridZ, int blockX, int sharedBytes) {
        EmulatorFunction emulated = (EmulatorFunction) function;
        int[] grid = {gridX, gridY, gridZ};
        if (captured == null && !late) {
            run(emulated, grid, blockX, sharedBytes, emulated.values());
            return;
        }
        ByteBuffer values = ByteBuffer.allocateDirect(emulated.values().capacity())
                .order(ByteOrder.nativeOrder())
                .put(0, emulated.values(), 0, emulated.values().capacity());
        queue(() -> run(emulated, grid, blockX, sharedBytes, values));
    }

    private void run(EmulatorFunction function, int[] grid, int blockX, int sharedBytes, ByteBuffer values) {
        int[] block = {blockX, 1, 1};
        function.contract().check(grid, block, sharedBytes, values, function.offsets(), driver.memory()::bytesAt);
        try {
            driver.library().launch(function.entry(), grid, block, sharedBytes, values, function.offsets());
        } catch (EmulatorException e) {
            throw new DeviceLostException("emulator: launch of " + function.entry(), LAUNCH_FAILED, e.getMessage());
        }
    }

    @Override
    public void record(Driver.Event event) {
        queue(((EmulatorEvent) event)::passed);
        ((EmulatorEvent) event).recordedIn(this);
    }

    @Override
    public void await(Driver.Event event) {
        queue(((EmulatorEvent) event).point());
    }

    @Override
    public void beginCapture() {
        captured = new ArrayList<>();
    }

    @Override
    public Driver.Graph endCapture() {
        Driver.Graph graph = new EmulatorGraph(driver, List.copyOf(captured));
        captured = null;
        driver.refusal().require("a graph");
        driver.opened();
        return graph;
    }

    @Override
    public void launch(Driver.Graph graph) {
        ((EmulatorGraph) graph).work.forEach(this::queue);
    }

    @Override
    public void synchronize() {
        if (captured != null) {
            throw new CudaException("emulator: synchronize", 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        }
        runUntil(queued);
    }

    @Override
    public void close() {
        runUntil(queued);
        driver.closed();
    }

    private record EmulatorGraph(EmulatorDriver driver, List<Runnable> work) implements Driver.Graph {
        @Override
        public void close() {
            driver.closed();
        }
    }
}
