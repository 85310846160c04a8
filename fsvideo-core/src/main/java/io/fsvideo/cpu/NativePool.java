package io.fsvideo.cpu;

import io.fsvideo.tensor.OutOfMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;

/**
 * Native memory from {@code malloc}, 64-byte aligned. Freed memory is kept for reuse, because touching fresh pages costs about 0.8 s per
 * GB, as long as what the process holds stays within the largest live figure so far plus {@link #SLACK}. Small blocks share chunks, large
 * ones stand alone.
 */
class NativePool implements AutoCloseable {
    static final long ALIGNMENT = 64;
    static final long SLACK = 128L << 20;
    private static final long SMALL = 4096;
    private static final int WASTE = 8;
    /** More than any machine has, and far from overflow. */
    private static final long MOST = 1L << 56;

    /** {@code raw} is what malloc gave, 0 for a block of a shared chunk. */
    private record Block(long raw, long capacity) {}

    private final long limit;
    private final Map<Long, Block> live = new HashMap<>();
    private final SharedChunks chunks = new SharedChunks();
    private final TreeMap<Long, Deque<Block>> cached = new TreeMap<>();
    private final Address cursor = new Address();
    private long cachedBytes;
    private long aloneBytes;
    private long liveCapacity;
    private long highWater;
    private long inUse;
    private long peak;

    NativePool(long limit) {
        this.limit = limit;
    }

    synchronized long allocate(long bytes) {
        if (bytes > Math.min(limit, MOST) - inUse) {
            throw outOfMemory(bytes);
        }
        long size = rounded(bytes);
        highWater = Math.max(highWater, liveCapacity + size);
        long address = size <= SharedChunks.MOST ? shared(size, bytes) : alone(size, bytes);
        liveCapacity += live.get(address).capacity;
        inUse += bytes;
        peak = Math.max(peak, inUse);
        return address;
    }

    private static long rounded(long bytes) {
        long step = bytes <= SMALL ? ALIGNMENT : SMALL;
        return Math.max(step, Math.addExact(bytes, step - 1) & -step);
    }

    private long shared(long size, long asked) {
        long address = chunks.take(size);
        if (address == 0) {
            // Before and not after: a chunk nobody has taken from yet would go first.
            trimTo(highWater + SLACK - SharedChunks.CHUNK);
            if (!chunks.grow()) {
                trimTo(0);
                if (!chunks.grow()) {
                    throw outOfMemory(asked);
                }
            }
            address = chunks.take(size);
        }
        live.put(address, new Block(0, size));
        return address;
    }

    private long alone(long size, long asked) {
        Map.Entry<Long, Deque<Block>> fit = cached.ceilingEntry(size);
        Block block = fit == null || fit.getKey() > size + size / WASTE ? fresh(size, asked) : uncached(fit);
        long address = (block.raw + ALIGNMENT - 1) & -ALIGNMENT;
        live.put(address, block);
        return address;
    }

    private Block uncached(Map.Entry<Long, Deque<Block>> entry) {
        Block block = entry.getValue().pop();
        if (entry.getValue().isEmpty()) {
            cached.remove(entry.getKey());
        }
        cachedBytes -= block.capacity;
        return block;
    }

    private Block fresh(long size, long asked) {
        trimTo(highWater + SLACK - size);
        Pointer pointer = Pointer.malloc(size + ALIGNMENT);
        if (pointer == null || pointer.isNull()) {
            trimTo(0);
            pointer = Pointer.malloc(size + ALIGNMENT);
        }
        if (pointer == null || pointer.isNull()) {
            throw outOfMemory(asked);
        }
        aloneBytes += size;
        return new Block(pointer.address(), size);
    }

    /** Gives memory nobody uses back to the system, largest blocks first, until at most {@code bytes} are held or all of it is in use. */
    private void trimTo(long bytes) {
        while (heldBytes() > bytes && cachedBytes > 0) {
            Block block = uncached(cached.lastEntry());
            aloneBytes -= block.capacity;
            Pointer.free(cursor.at(block.raw));
        }
        while (heldBytes() > bytes && chunks.shrink()) {
            // Each turn returned one chunk.
        }
    }

    private OutOfMemoryException outOfMemory(long asked) {
        String room = limit == Long.MAX_VALUE ? "this machine" : "the limit of " + limit + " bytes";
        return new OutOfMemoryException("cpu: memory must fit " + room + ", got a request for " + asked + " bytes with "
                + inUse + " in use; free tensors, use a smaller size or raise BackendOptions.memoryLimit");
    }

    synchronized void free(long address, long bytes) {
        Block block = live.remove(address);
        if (block == null) {
            throw new IllegalStateException("cpu: address must be a live block, got 0x" + Long.toHexString(address));
        }
        inUse -= bytes;
        liveCapacity -= block.capacity;
        if (block.raw == 0) {
            chunks.give(address, block.capacity);
        } else {
            cached.computeIfAbsent(block.capacity, capacity -> new ArrayDeque<>())
                    .push(block);
            cachedBytes += block.capacity;
        }
    }

    synchronized long inUse() {
        return inUse;
    }

    synchronized long peak() {
        return peak;
    }

    synchronized void resetPeak() {
        peak = inUse;
    }

    /** Blocks handed out and not freed. */
    synchronized int liveBlocks() {
        return live.size();
    }

    /** Bytes taken from the system, in use or kept. */
    synchronized long heldBytes() {
        return aloneBytes + chunks.bytes();
    }

    /** Returns everything, live blocks too. */
    @Override
    public synchronized void close() {
        trimTo(0);
        live.values().stream().filter(block -> block.raw != 0).forEach(block -> Pointer.free(cursor.at(block.raw)));
        live.clear();
        chunks.clear();
        aloneBytes = 0;
        liveCapacity = 0;
        inUse = 0;
    }
}
