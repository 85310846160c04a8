package io.fsvideo.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.OutOfMemoryException;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NativePoolTest {
    private static final long MEGABYTE = 1 << 20;

    private final NativePool pool = new NativePool(256 * MEGABYTE);

    @AfterEach
    void close() {
        pool.close();
        assertEquals(0, pool.heldBytes());
    }

    @Test
    void alignsEveryBlock() {
        for (long bytes : new long[] {0, 1, 63, 64, 65, 4095, 4097, MEGABYTE + 3}) {
            assertEquals(0, pool.allocate(bytes) % NativePool.ALIGNMENT, bytes + " bytes");
        }
    }

    @Test
    void countsLiveBytesNotTheCache() {
        long a = pool.allocate(3 * MEGABYTE);
        long b = pool.allocate(5 * MEGABYTE);
        assertEquals(8 * MEGABYTE, pool.inUse());
        pool.free(a, 3 * MEGABYTE);
        assertEquals(5 * MEGABYTE, pool.inUse());
        assertEquals(8 * MEGABYTE, pool.peak());
        pool.resetPeak();
        assertEquals(5 * MEGABYTE, pool.peak());
        pool.free(b, 5 * MEGABYTE);
        assertEquals(0, pool.inUse());
        assertEquals(0, pool.liveBlocks());
    }

    @Test
    void reusesFreedBlocks() {
        long a = pool.allocate(MEGABYTE);
        pool.free(a, MEGABYTE);
        assertEquals(a, pool.allocate(MEGABYTE - 100));
        assertNotEquals(a, pool.allocate(MEGABYTE));
    }

    @Test
    void heldBytesStayNearTheLargestLiveFigure() {
        for (int round = 0; round < 200; round++) {
            for (long size = 1; size < 90; size += 7) {
                long bytes = (size + round % 13) * MEGABYTE;
                pool.free(pool.allocate(bytes), bytes);
            }
        }
        long largest = (85 + 12) * MEGABYTE;
        assertTrue(pool.heldBytes() <= largest + NativePool.SLACK, () -> "held " + pool.heldBytes());
    }

    @Test
    void neighboursJoinWhenFreed() {
        long[] blocks = new long[16];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = pool.allocate(2 * MEGABYTE);
        }
        long held = pool.heldBytes();
        for (int i : new int[] {0, 2, 4, 6, 8, 10, 12, 14, 15, 13, 11, 9, 7, 5, 3, 1}) {
            pool.free(blocks[i], 2 * MEGABYTE);
        }
        long a = pool.allocate(32 * MEGABYTE);
        long b = pool.allocate(31 * MEGABYTE);
        assertEquals(held, pool.heldBytes(), "one chunk holds both");
        assertTrue(Math.abs(a - b) >= 31 * MEGABYTE, "apart");
    }

    @Test
    void blocksNeverOverlap() {
        Random random = new Random(5);
        TreeMap<Long, Long> live = new TreeMap<>();
        for (int i = 0; i < 5000; i++) {
            if (random.nextInt(3) == 0 && !live.isEmpty()) {
                Long address = live.ceilingKey(live.firstKey() + random.nextInt(1 << 26));
                address = address == null ? live.firstKey() : address;
                pool.free(address, live.remove(address));
            } else if (pool.inUse() < 150 * MEGABYTE) {
                long bytes = 1L << random.nextInt(23);
                long address = pool.allocate(bytes);
                assertTrue(live.floorKey(address) == null
                        || live.floorKey(address) + live.floorEntry(address).getValue() <= address);
                assertTrue(live.ceilingKey(address) == null || address + bytes <= live.ceilingKey(address));
                live.put(address, bytes);
            }
        }
        assertEquals(live.values().stream().mapToLong(Long::longValue).sum(), pool.inUse());
    }

    /** Two of these blocks fit a chunk and leave a third of it empty, so that more is held than the pool would keep free. */
    @Test
    void growsBeyondItsSlackWhenChunksCannotBeFilled() {
        long bytes = 22 * MEGABYTE;
        try (NativePool large = new NativePool(1000 * MEGABYTE)) {
            TreeMap<Long, Long> live = new TreeMap<>();
            for (int i = 0; i < 40; i++) {
                long address = large.allocate(bytes);
                assertNotEquals(0, address, "block " + i);
                live.put(address, bytes);
            }
            assertEquals(40, live.size(), "distinct blocks");
            assertTrue(large.heldBytes() > 40 * bytes + NativePool.SLACK, () -> "held " + large.heldBytes());
        }
    }

    @Test
    void saysWhatDoesNotFit() {
        pool.allocate(200 * MEGABYTE);
        String message = assertThrows(OutOfMemoryException.class, () -> pool.allocate(57 * MEGABYTE))
                .getMessage();
        assertTrue(message.contains("limit of 268435456 bytes"), message);
        assertTrue(message.contains("request for 59768832 bytes"), message);
        assertTrue(message.contains("209715200 in use"), message);
        assertEquals(200 * MEGABYTE, pool.inUse());
    }

    @Test
    void refusesAnAbsurdRequestWithoutLimit() {
        try (NativePool unlimited = new NativePool(Long.MAX_VALUE)) {
            assertThrows(OutOfMemoryException.class, () -> unlimited.allocate(Long.MAX_VALUE - 100));
            assertThrows(OutOfMemoryException.class, () -> unlimited.allocate(1L << 60));
            assertEquals(0, unlimited.inUse());
        }
    }

    @Test
    void refusesToFreeTwice() {
        long a = pool.allocate(64);
        pool.free(a, 64);
        assertThrows(IllegalStateException.class, () -> pool.free(a, 64));
    }
}
