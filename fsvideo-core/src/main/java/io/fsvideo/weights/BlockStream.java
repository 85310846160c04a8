package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.HostStore;
import io.fsvideo.tensor.TensorGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Parameters of equal blocks that wait in host memory and pass through two slots of the backend's: while one block computes, the next
 * one, after the last the first, is copied beside it.
 */
final class BlockStream {
    private static final int NOTHING = -1;

    private final Backend backend;
    private final String name;
    private final List<Arena> arenas = new ArrayList<>();
    private final List<TensorGroup> groups = new ArrayList<>();
    private final List<HostStore.Slot> slots = new ArrayList<>();
    private final int[] contents = {NOTHING, NOTHING};
    private int current;
    private long bytes;

    BlockStream(Backend backend, String name) {
        this.backend = backend;
        this.name = name;
    }

    /** Opens an arena for the next block's parameters. */
    Arena begin() {
        Arena arena = Arena.root(backend, name + "/block " + arenas.size());
        arenas.add(arena);
        return arena;
    }

    /** The block begun last is complete. */
    void end() {
        Arena arena = arenas.get(arenas.size() - 1);
        bytes += arena.bytesInUse();
        TensorGroup group = new TensorGroup(arena, Map.of());
        groups.add(group);
        group.offload();
    }

    long bytes() {
        return bytes;
    }

    /** Takes the slots' memory. */
    void open() {
        long most = groups.stream().mapToLong(TensorGroup::bytes).max().orElse(0);
        for (int i = 0; i < contents.length; i++) {
            slots.add(backend.hostStore().slot(most));
            contents[i] = NOTHING;
        }
    }

    /** Puts block {@code index} on the backend for the work queued until {@link #release}, and fetches the one after it meanwhile. */
    void acquire(int index) {
        current = contents[0] == index ? 0 : contents[1] == index ? 1 : 1 - current;
        fill(current, index);
        slots.get(current).await();
        groups.get(index).enter(slots.get(current));
        fill(1 - current, (index + 1) % groups.size());
    }

    private void fill(int slot, int index) {
        if (contents[0] != index && contents[1] != index) {
            contents[slot] = NOTHING;
            groups.get(index).fill(slots.get(slot));
            contents[slot] = index;
        }
    }

    void release(int index) {
        groups.get(index).leave();
        slots.get(current).release();
    }

    /** Gives the slots' memory back. */
    void close() {
        slots.forEach(HostStore.Slot::close);
        slots.clear();
    }

    /** Frees everything. */
    void free() {
        close();
        groups.forEach(TensorGroup::close);
        for (Arena arena : arenas) {
            arena.takeOver();
            arena.close();
        }
    }
}
