package io.fsvideo.cpu;

import io.fsvideo.tensor.OutOfMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;

/**
 * Native memory from {@code malloc}, 64-byte aligned. Freed blocks are kept for reuse, because touching fresh pages costs about 0.8 s
 * per GB; what the process holds never exceeds the largest live figure so far plus {@link #SLACK}.
 */
final class NativePool implements AutoCloseable {
    static final long ALIGNMENT = 64;
    private static final long SLACK = 64L << 20;
    private static final long SMALL = 4096;
    private static final int WASTE = 8;
    /** More than any machine has, and far from overflow. */
    private static final long MOST = 1L << 56;

    private record Block(long raw, long capacity) {}

    private final long limit;
    private final Map<Long, Block> live = new HashMap<>();
    private final TreeMap<Long, Deque<Block>> cached = new TreeMap<>();
    private final Address cursor = new Address();
    private long cachedBytes;
    private long heldBytes;
    private long inUse;
    private long peak;
    private long highWater;

    NativePool(long limit) {
        this.limit = limit;
    }

    synchronized long allocate(long bytes) {
        if (bytes > Math.min(limit, MOST) - inUse) {
            throw outOfMemory(bytes);
        }
        long size = rounded(bytes);
        Block block = reuse(size);
        if (block == null) {
            block = fresh(size, bytes);
        }
        long address = (block.raw + ALIGNMENT - 1) & -ALIGNMENT;
        live.put(address, block);
        inUse += bytes;
        peak = Math.max(peak, inUse);
        highWater = Math.max(highWater, heldBytes - cachedBytes);
        return address;
    }

    private static long rounded(long bytes) {
        long step = bytes <= SMALL ? ALIGNMENT : SMALL;
        return Math.max(step, Math.addExact(bytes, step - 1) & -step);
    }

    private Block reuse(long size) {
        Map.Entry<Long, Deque<Block>> fit = cached.ceilingEntry(size);
        if (fit == null || fit.getKey() > size + size / WASTE) {
            return null;
        }
        Block block = fit.getValue().pop();
        if (fit.getValue().isEmpty()) {
            cached.remove(fit.getKey());
        }
        cachedBytes -= block.capacity;
        return block;
    }

    private Block fresh(long size, long asked) {
        trimTo(Math.max(
                0, Math.max(highWater, heldBytes - cachedBytes + size) + SLACK - (heldBytes - cachedBytes) - size));
        Pointer pointer = Pointer.malloc(size + ALIGNMENT);
        if (pointer == null || pointer.isNull()) {
            trimTo(0);
            pointer = Pointer.malloc(size + ALIGNMENT);
        }
        if (pointer == null || pointer.isNull()) {
            throw outOfMemory(asked);
        }
        heldBytes += size;
        return new Block(pointer.address(), size);
    }

    /** Gives cached blocks back to the system, largest first, until at most {@code bytes} are cached. */
    private void trimTo(long bytes) {
        while (cachedBytes > bytes) {
            Map.Entry<Long, Deque<Block>> largest = cached.lastEntry();
            Block block = largest.getValue().pop();
            if (largest.getValue().isEmpty()) {
                cached.remove(largest.getKey());
            }
            cachedBytes -= block.capacity;
            heldBytes -= block.capacity;
            Pointer.free(cursor.at(block.raw));
        }
    }

    private OutOfMemoryException outOfMemory(long asked) {
        return new OutOfMemoryException(
                "cpu: memory must fit the limit of " + (limit == Long.MAX_VALUE ? "this machine" : limit + " bytes")
                        + ", got a request for " + asked + " bytes with " + inUse
                        + " in use; free tensors, use a smaller size or raise BackendOptions.memoryLimit");
    }

    synchronized void free(long address, long bytes) {
        Block block = live.remove(address);
        if (block == null) {
            throw new IllegalStateException("cpu: address must be a live block, got 0x" + Long.toHexString(address));
        }
        inUse -= bytes;
        cached.computeIfAbsent(block.capacity, capacity -> new ArrayDeque<>()).push(block);
        cachedBytes += block.capacity;
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

    /** Bytes taken from the system: live and cached. */
    synchronized long heldBytes() {
        return heldBytes;
    }

    /** Returns everything, live blocks too. */
    @Override
    public synchronized void close() {
        trimTo(0);
        live.values().forEach(block -> Pointer.free(cursor.at(block.raw)));
        live.clear();
        heldBytes = 0;
        inUse = 0;
        Pointer.trimMemory();
    }
}
