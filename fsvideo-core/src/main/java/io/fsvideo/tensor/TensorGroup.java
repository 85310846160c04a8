package io.fsvideo.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The tensors of one arena, which leave their backend and return together; they must not be used in between. Where the backend has a
 * {@link HostStore} they wait there, elsewhere they are made again. For tensors that do not change, as the host's copy is made once.
 *
 * <p>One thread at a time; each call makes its thread the arena's.
 */
public final class TensorGroup implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Arena arena;
    private final HostStore host;
    private final Map<Storage, Function<Arena, Tensor>> makers = new HashMap<>();
    private final List<Storage> storages = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();
    private final long bytes;
    private HostStore.Block saved;

    /**
     * @param arena owns the tensors; stays their owner and is closed by whoever opened it
     * @param makers make the same tensors once more, in the arena they are given; without a host store, tensors without a maker stay
     */
    public TensorGroup(Arena arena, Map<Tensor, Function<Arena, Tensor>> makers) {
        this.arena = arena;
        host = arena.backend().hostStore();
        makers.forEach((tensor, maker) -> this.makers.put(tensor.storage(), maker));
        long end = 0;
        for (Storage storage : arena.owned()) {
            if (host != null || this.makers.containsKey(storage)) {
                storages.add(storage);
                offsets.add(end);
                end += (storage.bytes + ALIGNMENT - 1) & -ALIGNMENT;
            }
        }
        bytes = end;
    }

    /** Room for all of them in one block, each at a multiple of 256 bytes. */
    public long bytes() {
        return bytes;
    }

    /** Takes the tensors off the backend. @throws OutOfMemoryException when the host has no room; they stay then */
    public void offload() {
        arena.takeOver();
        if (host != null && saved == null) {
            save();
        }
        storages.stream()
                .filter(storage -> storage.place() == Storage.Place.OWN)
                .forEach(arena::evict);
    }

    private void save() {
        HostStore.Block block = host.allocate(bytes);
        try {
            for (int i = 0; i < storages.size(); i++) {
                Storage storage = storages.get(i);
                host.save(block, offsets.get(i), storage.address(null), storage.bytes);
            }
            arena.backend().synchronize();
        } catch (RuntimeException | Error e) {
            block.close();
            throw e;
        }
        saved = block;
    }

    /** Brings the tensors back, before all later work. @throws OutOfMemoryException when the backend has no room; they stay away then */
    public void restore() {
        arena.takeOver();
        try {
            for (int i = 0; i < storages.size(); i++) {
                restore(storages.get(i), offsets.get(i));
            }
        } catch (RuntimeException | Error e) {
            offload();
            throw e;
        }
    }

    private void restore(Storage storage, long offset) {
        if (host != null) {
            arena.readmit(storage);
            host.restore(storage.address(null), saved, offset, storage.bytes);
            return;
        }
        try (Arena t = Arena.root(arena.backend(), arena.path())) {
            arena.adopt(storage, makers.get(storage).apply(t).storage());
        }
    }

    /** Queues a copy of the offloaded tensors into {@code slot}. */
    public void fill(HostStore.Slot slot) {
        slot.fill(saved);
    }

    /** Lets the offloaded tensors be what {@link #fill} put into {@code slot}, until {@link #leave}. */
    public void enter(HostStore.Slot slot) {
        for (int i = 0; i < storages.size(); i++) {
            storages.get(i).put(Storage.Place.BORROWED, slot.address() + offsets.get(i));
        }
    }

    /** Ends {@link #enter}. */
    public void leave() {
        storages.forEach(storage -> storage.put(Storage.Place.AWAY, 0));
    }

    /** Frees the host's copy; the arena still owns the tensors. */
    @Override
    public void close() {
        if (saved != null) {
            saved.close();
            saved = null;
        }
    }
}
