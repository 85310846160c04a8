package io.fsvideo.cuda;

import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The emulated device's memory: blocks of native memory between guards, set to NaN at first, whose guards are checked when they are
 * freed.
 */
final class EmulatorMemory {
    private static final int GUARD = 256;
    private static final int GUARD_BYTE = 0x5a;
    private static final int POISON = 0xff;

    /** {@code raw} is what malloc gave. */
    private record Block(long raw, long bytes) {}

    private final long capacity;
    private final TreeMap<Long, Block> live = new TreeMap<>();
    private long inUse;

    EmulatorMemory(long capacity) {
        this.capacity = capacity;
    }

    /** Address of {@code bytes} bytes, 0 when they do not fit. */
    long allocate(long bytes) {
        if (bytes > capacity - inUse) {
            return 0;
        }
        Pointer raw = Pointer.malloc(bytes + 3 * GUARD);
        if (raw == null || raw.isNull()) {
            return 0;
        }
        long address = (raw.address() + 2 * GUARD - 1) & -GUARD;
        Pointer.memset(new Address(address - GUARD), GUARD_BYTE, GUARD);
        Pointer.memset(new Address(address), POISON, bytes);
        Pointer.memset(new Address(address + bytes), GUARD_BYTE, GUARD);
        live.put(address, new Block(raw.address(), bytes));
        inUse += bytes;
        return address;
    }

    void free(long address) {
        Block block = live.remove(address);
        if (block == null) {
            throw new CudaException("emulator: free of 0x" + Long.toHexString(address), 1, "CUDA_ERROR_INVALID_VALUE");
        }
        inUse -= block.bytes;
        requireGuard(address - GUARD, "before", block);
        requireGuard(address + block.bytes, "behind", block);
        Pointer.free(new Address(block.raw));
    }

    private static void requireGuard(long address, String side, Block block) {
        BytePointer guard = new BytePointer(new Address(address)).capacity(GUARD);
        for (int i = 0; i < GUARD; i++) {
            if (guard.get(i) != GUARD_BYTE) {
                throw new AssertionError("emulator: a block of " + block.bytes + " bytes was overwritten " + side
                        + " its bounds, at byte " + i + " of the guard");
            }
        }
    }

    /** Bytes from {@code address} to the end of its block; 0 outside of all blocks. */
    long bytesAt(long address) {
        Map.Entry<Long, Block> entry = live.floorEntry(address);
        return entry == null ? 0 : Math.max(0, entry.getKey() + entry.getValue().bytes - address);
    }

    long inUse() {
        return inUse;
    }

    long freeBytes() {
        return capacity - inUse;
    }

    int liveBlocks() {
        return live.size();
    }

    /** A place in native memory. */
    static final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }
}
