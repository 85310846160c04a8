package io.fsvideo.weights;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.tensor.TensorGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Where one model's parameters are: always on its backend, or only between {@link #enter} and {@link #leave}. One thread at a time. */
public final class Residence implements AutoCloseable {
    private static final Shape SOME_WEIGHT = Shape.of(16, 16);

    private final Backend backend;
    private final String name;
    private final Offload offload;
    private final LinearWeights linear;
    private final Arena arena;
    private final Map<Tensor, Function<Arena, Tensor>> makers = new HashMap<>();
    private final List<BlockStream> streams = new ArrayList<>();
    private TensorGroup group;
    private long bytes;
    private boolean entered;

    /**
     * A residence that keeps linear weights as they are stored. @throws BackendException when the backend cannot do
     * what {@code offload} says
     */
    public Residence(Backend backend, String name, Offload offload) {
        this(backend, name, offload, LinearWeights.STORED);
    }

    /** @throws BackendException when the backend cannot do what {@code offload} or {@code linear} says */
    public Residence(Backend backend, String name, Offload offload, LinearWeights linear) {
        requireServed(backend, offload, linear);
        this.linear = linear;
        this.backend = backend;
        this.name = name;
        this.offload = offload;
        arena = Arena.root(backend, name);
    }

    /** @throws BackendException when {@code backend} cannot do what {@code offload} or {@code linear} says */
    public static void requireServed(Backend backend, Offload offload, LinearWeights linear) {
        if (linear == LinearWeights.FP8 && !backend.multipliesFp8(SOME_WEIGHT)) {
            throw new BackendException("linear weights: must be STORED on " + backend.name()
                    + ", which does not multiply FP8 weights, got FP8");
        }
        if (offload == Offload.BLOCKS && backend.hostStore() == null) {
            throw new BackendException("offload: must be NONE or PARTS on " + backend.name()
                    + ", whose memory is the host's, got BLOCKS; there is nothing to stream from");
        }
    }

    Arena arena() {
        return arena;
    }

    LinearWeights linear() {
        return linear;
    }

    boolean streams() {
        return offload == Offload.BLOCKS;
    }

    /** Says how a parameter owned by {@link #arena} is made once more. */
    void made(Tensor tensor, Function<Arena, Tensor> maker) {
        if (offload == Offload.PARTS && backend.hostStore() == null) {
            makers.put(tensor, maker);
        }
    }

    /** Whether parameters are read from their source again at each {@link #enter}. */
    public boolean readsAgain() {
        return !makers.isEmpty();
    }

    BlockStream stream() {
        BlockStream stream = new BlockStream(backend, name);
        streams.add(stream);
        return stream;
    }

    /** After the last parameter is loaded. */
    void loaded() {
        bytes = arena.bytesInUse()
                + streams.stream().mapToLong(BlockStream::bytes).sum();
        if (offload == Offload.NONE) {
            return;
        }
        group = new TensorGroup(arena, makers);
        group.offload();
    }

    /** Bytes of all parameters on the backend, were they all there. */
    public long bytes() {
        return bytes;
    }

    /** Brings the parameters; nothing happens when they are there. @throws io.fsvideo.tensor.OutOfMemoryException when there is no room */
    public void enter() {
        if (offload == Offload.NONE || entered) {
            return;
        }
        group.restore();
        entered = true;
        try {
            streams.forEach(BlockStream::open);
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
    }

    /** Takes the parameters away, after the work queued so far. */
    public void leave() {
        if (!entered) {
            return;
        }
        entered = false;
        streams.forEach(BlockStream::close);
        group.offload();
    }

    /** Frees everything, from any thread. */
    @Override
    public void close() {
        streams.forEach(BlockStream::free);
        if (group != null) {
            group.close();
        }
        arena.takeOver();
        arena.close();
    }
}
