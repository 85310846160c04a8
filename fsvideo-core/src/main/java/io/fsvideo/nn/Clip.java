package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a model's layers remember of one clip between its chunks. Keyed by layer instance and owned by this object, so any number of
 * clips can be in flight through one model. Ranks may share a clip: of every round of chunks, each has the chunk of its turn.
 */
public final class Clip implements AutoCloseable {
    private final Arena arena;
    private final DecoderNoise noise;
    private final Comm ranks;
    private final Map<Object, Memory> memories = new IdentityHashMap<>();
    private final Set<Object> started = Collections.newSetFromMap(new IdentityHashMap<>());

    private record Memory(Arena owner, Tensor frames) {}

    /** @param a the memory lives in a child of it, until {@link #close} */
    public Clip(Arena a, DecoderNoise noise) {
        this(a, noise, Comm.single());
    }

    /** @param ranks who take turns with the clip's chunks, in rank order */
    public Clip(Arena a, DecoderNoise noise, Comm ranks) {
        this.arena = a.child("clip");
        this.noise = noise;
        this.ranks = ranks;
    }

    Comm ranks() {
        return ranks;
    }

    /** Chunks after which more will come. */
    public Chunk chunk() {
        return new Chunk(this, false, noise);
    }

    /** The chunk that ends the clip. */
    public Chunk lastChunk() {
        return new Chunk(this, true, noise);
    }

    /** Owner of everything that lives as long as the clip. */
    public Arena arena() {
        return arena;
    }

    boolean isFirst(Object layer, Tensor x) {
        return ranks.rank() == 0 && x.dim(1) > 0 && started.add(layer);
    }

    Tensor recall(Object layer) {
        Memory memory = memories.get(layer);
        return memory == null ? null : memory.frames;
    }

    void remember(Object layer, Tensor x, long from) {
        // First, so that old and new are never held together; x is a copy of the old.
        forget(layer);
        Arena owner = arena.child("memory");
        memories.put(layer, new Memory(owner, owner.slice(x, 1, from, x.dim(1))));
    }

    void forget(Object layer) {
        Memory memory = memories.remove(layer);
        if (memory != null) {
            memory.owner.close();
        }
    }

    /** Frees what is remembered. */
    @Override
    public void close() {
        memories.values().forEach(memory -> memory.owner.close());
        memories.clear();
        arena.close();
    }
}
