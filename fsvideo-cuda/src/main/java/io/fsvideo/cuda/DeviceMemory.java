package io.fsvideo.cuda;

import io.fsvideo.tensor.OutOfMemoryException;
import java.util.HashMap;
import java.util.Map;

/** Device memory of one backend, counted in the bytes asked for and kept within a limit. One thread at a time. */
final class DeviceMemory implements AutoCloseable {
    /** Smallest block taken from the driver, so that empty tensors have an address of their own too. */
    private static final long SMALLEST = 256;

    private final Driver driver;
    private final Stream stream;
    private final long limit;
    private final Map<Long, Long> live = new HashMap<>();
    private final Map<Long, Placed> regions = new HashMap<>();
    private MemoryTrace trace;
    private Placed recording;
    private long inUse;
    private long peak;

    /** A block in which others have their places. */
    private record Placed(long address, long bytes, Region region) {
        boolean holds(long other) {
            return other >= address && other < address + bytes;
        }
    }

    DeviceMemory(Driver driver, Stream stream, long limit) {
        this.driver = driver;
        this.stream = stream;
        this.limit = limit;
    }

    /** @throws OutOfMemoryException when the limit or the device has no room */
    long allocate(long bytes) {
        if (recording != null) {
            return placed(bytes);
        }
        long address = fresh(bytes);
        if (trace != null) {
            trace.taken(address, bytes);
        }
        return address;
    }

    /** Within the region of the work that is recorded; counted with it. */
    private long placed(long bytes) {
        long offset = recording.region().take(bytes);
        if (recording.region().bytes() > recording.bytes()) {
            throw new IllegalStateException("cuda: recorded work must take the memory of its rehearsal, got more than "
                    + recording.bytes() + " bytes");
        }
        return recording.address() + offset;
    }

    private long fresh(long bytes) {
        if (bytes > limit - inUse) {
            throw outOfMemory(bytes, "the limit of " + limit + " bytes");
        }
        long size = Math.max(SMALLEST, bytes);
        long address = stream.allocate(size);
        if (address == 0) {
            stream.trim();
            address = stream.allocate(size);
        }
        if (address == 0) {
            throw outOfMemory(bytes, "the device, which has " + driver.freeBytes() + " bytes free");
        }
        live.put(address, bytes);
        inUse += bytes;
        peak = Math.max(peak, inUse);
        return address;
    }

    private OutOfMemoryException outOfMemory(long asked, String room) {
        return new OutOfMemoryException("cuda: memory must fit " + room + ", got a request for " + asked
                + " bytes with " + inUse + " in use, at most " + peak
                + " so far; close what is not needed, use a smaller size or raise BackendOptions.memoryLimit");
    }

    /** Gives a block back; kernels queued before may still use it. */
    void free(long address) {
        Long bytes = live.get(address);
        if (bytes == null || regions.containsKey(address)) {
            Placed placed = region(address);
            placed.region().give(address - placed.address());
            return;
        }
        if (trace != null) {
            trace.given(address);
        }
        release(address, bytes);
    }

    private Placed region(long address) {
        for (Placed placed : regions.values()) {
            if (placed.holds(address)) {
                return placed;
            }
        }
        throw new IllegalStateException("cuda: address must be a live block, got 0x" + Long.toHexString(address));
    }

    private void release(long address, long bytes) {
        live.remove(address);
        inUse -= bytes;
        try {
            stream.free(address);
        } catch (DeviceLostException memoryWentWithItsContext) {
            // The call that lost the device has thrown already; an arena must still give up all its tensors.
        }
    }

    /** Shows {@code next} every block taken and given back from here on; null for none. */
    void watch(MemoryTrace next) {
        trace = next;
    }

    /** Makes new blocks places in the live block {@code address} until {@link #endRegion}. */
    void beginRegion(long address, long bytes) {
        recording = new Placed(address, bytes, new Region());
        regions.put(address, recording);
    }

    void endRegion() {
        recording = null;
    }

    /** Gives back a block that was a region; its places are gone with it. */
    void freeRegion(long address) {
        regions.remove(address);
        free(address);
    }

    /** Working memory of one operation, for try-with-resources. */
    Scratch scratch(long bytes) {
        return new Scratch(this, allocate(bytes));
    }

    /** Working memory that is given back on close; kernels queued before may still use it. */
    record Scratch(DeviceMemory memory, long address) implements AutoCloseable {
        @Override
        public void close() {
            memory.free(address);
        }
    }

    long inUse() {
        return inUse;
    }

    long peak() {
        return peak;
    }

    void resetPeak() {
        peak = inUse;
    }

    int liveBlocks() {
        return live.size();
    }

    /** Frees what is still live. */
    @Override
    public void close() {
        live.keySet().forEach(stream::free);
        live.clear();
        inUse = 0;
    }
}
