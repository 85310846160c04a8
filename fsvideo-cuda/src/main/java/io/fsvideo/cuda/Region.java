package io.fsvideo.cuda;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Places blocks in one range of memory, each as low as it fits; the same calls give the same places. */
final class Region {
    private static final long ALIGNMENT = 256;

    private final TreeMap<Long, Long> free = new TreeMap<>();
    private final Map<Long, Long> taken = new HashMap<>();
    private long top;

    /** Offset of {@code bytes} bytes. */
    long take(long bytes) {
        long size = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
        for (Map.Entry<Long, Long> gap : free.entrySet()) {
            if (gap.getValue() >= size) {
                long offset = gap.getKey();
                long left = gap.getValue() - size;
                free.remove(offset);
                if (left > 0) {
                    free.put(offset + size, left);
                }
                taken.put(offset, size);
                return offset;
            }
        }
        return beyond(size);
    }

    /** A place at the end, whose free bytes are used first. */
    private long beyond(long size) {
        Map.Entry<Long, Long> last = free.lastEntry();
        long offset = top;
        if (last != null && last.getKey() + last.getValue() == top) {
            offset = last.getKey();
            free.remove(offset);
        }
        top = offset + size;
        taken.put(offset, size);
        return offset;
    }

    /** Gives back what {@link #take} returned. */
    void give(long offset) {
        Long size = taken.remove(offset);
        if (size == null) {
            throw new IllegalStateException("cuda: offset must be a live block of the region, got " + offset);
        }
        long from = offset;
        long to = offset + size;
        Map.Entry<Long, Long> before = free.lowerEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            from = before.getKey();
        }
        Long behind = free.remove(to);
        free.put(from, to - from + (behind == null ? 0 : behind));
    }

    /** Bytes that all blocks so far needed. */
    long bytes() {
        return top;
    }
}
