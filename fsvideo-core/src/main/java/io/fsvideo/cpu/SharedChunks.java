package io.fsvideo.cpu;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bytedeco.javacpp.Pointer;

/**
 * Blocks cut from large chunks, best fit, neighbours joined when freed. The C library's own heap keeps what is freed between blocks in
 * use, so a process that only ever frees and allocates would grow; chunks above its 32 MB threshold go back to the system whole.
 */
final class SharedChunks {
    /** Larger blocks are better off alone. */
    static final long MOST = 32L << 20;

    static final long CHUNK = 64L << 20;

    private record Region(long address, long size) {}

    private record Chunk(long raw, long base, long size) {}

    private final TreeMap<Long, Chunk> chunks = new TreeMap<>();
    private final TreeMap<Long, Region> freeByAddress = new TreeMap<>();
    private final TreeSet<Region> freeBySize =
            new TreeSet<>(Comparator.comparingLong(Region::size).thenComparingLong(Region::address));
    private final Address cursor = new Address();

    /** Address of {@code size} bytes, a multiple of the pool's alignment, or 0 when there is no room in the chunks there are. */
    long take(long size) {
        Region fit = freeBySize.ceiling(new Region(0, size));
        if (fit == null) {
            return 0;
        }
        remove(fit);
        if (fit.size > size) {
            add(new Region(fit.address + size, fit.size - size));
        }
        return fit.address;
    }

    /** Gets one more chunk from the system; false when it has none. */
    boolean grow() {
        Pointer memory = Pointer.malloc(CHUNK + NativePool.ALIGNMENT);
        if (memory == null || memory.isNull()) {
            return false;
        }
        long base = (memory.address() + NativePool.ALIGNMENT - 1) & -NativePool.ALIGNMENT;
        chunks.put(base, new Chunk(memory.address(), base, CHUNK));
        add(new Region(base, CHUNK));
        return true;
    }

    void give(long address, long size) {
        Region joined = new Region(address, size);
        Map.Entry<Long, Region> before = freeByAddress.lowerEntry(address);
        if (before != null && before.getKey() + before.getValue().size == address) {
            remove(before.getValue());
            joined = new Region(before.getKey(), before.getValue().size + joined.size);
        }
        Region after = freeByAddress.get(address + size);
        if (after != null) {
            remove(after);
            joined = new Region(joined.address, joined.size + after.size);
        }
        add(joined);
    }

    /** Returns a chunk nothing lives in to the system; false when there is none. */
    boolean shrink() {
        for (Chunk chunk : chunks.values()) {
            Region region = freeByAddress.get(chunk.base);
            if (region != null && region.size == chunk.size) {
                remove(region);
                chunks.remove(chunk.base);
                Pointer.free(cursor.at(chunk.raw));
                return true;
            }
        }
        return false;
    }

    /** Bytes of all chunks. */
    long bytes() {
        return chunks.size() * CHUNK;
    }

    /** Returns every chunk, used or not. */
    void clear() {
        chunks.values().forEach(chunk -> Pointer.free(cursor.at(chunk.raw)));
        chunks.clear();
        freeByAddress.clear();
        freeBySize.clear();
    }

    private void add(Region region) {
        freeByAddress.put(region.address, region);
        freeBySize.add(region);
    }

    private void remove(Region region) {
        freeByAddress.remove(region.address);
        freeBySize.remove(region);
    }
}
