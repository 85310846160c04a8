package io.fsvideo.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Owner of tensors, and the place operations are called on. Arenas form a tree; {@link #close} frees everything an arena owns. A
 * method takes its caller's arena and opens a child for temporaries:
 *
 * <pre>{@code
 * try (Arena t = a.child("attention")) {
 *     …
 *     return t.keep(result);
 * }
 * }</pre>
 *
 * Confined to the thread that made it.
 */
public final class Arena extends ArenaOps implements AutoCloseable {
    private static final int COPY_BYTES = 1 << 20;

    private final Backend backend;
    private final Arena parent;
    private final String name;
    private volatile Thread thread = Thread.currentThread();
    private final long limit;
    private final TapListener taps;
    private final Runnable checkpoint;
    private final Set<Storage> owned = new LinkedHashSet<>();
    private final List<Arena> children = new ArrayList<>();
    private long bytesInUse;
    private long peakBytes;
    private boolean closed;

    private Arena(Backend backend, Arena parent, String name, long limit, TapListener taps, Runnable checkpoint) {
        this.backend = backend;
        this.parent = parent;
        this.name = name;
        this.limit = limit;
        this.taps = taps;
        this.checkpoint = checkpoint;
    }

    /** A new tree. */
    public static Arena root(Backend backend, String name) {
        return new Arena(backend, null, name, Long.MAX_VALUE, TapListener.NONE, () -> {});
    }

    /** A new tree that refuses to hold more than {@code limit} bytes. */
    public static Arena root(Backend backend, String name, long limit) {
        return new Arena(backend, null, name, limit, TapListener.NONE, () -> {});
    }

    /** A new tree whose {@link #tap}ped tensors are shown to {@code taps}. */
    public static Arena root(Backend backend, String name, TapListener taps) {
        return root(backend, name, taps, () -> {});
    }

    /**
     * A new tree that runs {@code checkpoint} whenever a child is opened anywhere in it: what it throws ends the work between two
     * layers.
     */
    public static Arena root(Backend backend, String name, TapListener taps, Runnable checkpoint) {
        return new Arena(backend, null, name, Long.MAX_VALUE, taps, checkpoint);
    }

    /** An arena for temporaries, to be closed before this one. */
    public Arena child(String childName) {
        requireUsable();
        checkpoint.run();
        Arena child = new Arena(backend, this, childName, Long.MAX_VALUE, taps, checkpoint);
        children.add(child);
        return child;
    }

    /** Moves {@code tensor}, owned here, to the parent, so that it outlives this arena; returns it. */
    public Tensor keep(Tensor tensor) {
        requireUsable();
        Storage storage = tensor.storage();
        tensor.address();
        if (storage.owner() != this) {
            return requireAncestorOwned(tensor);
        }
        if (parent == null) {
            throw new IllegalStateException(
                    "keep: arena " + name + " must have a parent to keep " + tensor + " in, got a root");
        }
        owned.remove(storage);
        bytesInUse -= storage.bytes;
        parent.owned.add(storage);
        storage.moveTo(parent);
        return tensor;
    }

    private Tensor requireAncestorOwned(Tensor tensor) {
        for (Arena ancestor = parent; ancestor != null; ancestor = ancestor.parent) {
            if (tensor.storage().owner() == ancestor) {
                return tensor;
            }
        }
        throw new IllegalStateException("keep: tensor must be owned by arena " + path() + " or one above it, got "
                + tensor + " of arena " + tensor.storage().owner().path());
    }

    /** A plain tensor with undefined contents. */
    @Override
    public Tensor alloc(String tensorName, DType dtype, Shape shape) {
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.numel(), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            throw new ShapeException("alloc: " + tensorName + " must fit 63 bits of bytes, got " + shape + " " + dtype);
        }
        return new Tensor(tensorName, dtype, shape, Layout.PLAIN, allocate(tensorName, shape, bytes));
    }

    /** {@code weight} (plain, any float dtype) packed for one operation and converted to {@code dtype}. */
    public Tensor pack(Tensor weight, Layout layout, DType dtype) {
        if (layout.equals(Layout.PLAIN) || !weight.layout().equals(Layout.PLAIN)) {
            throw new ShapeException("pack: weight must be plain and the layout packed, got " + weight + " " + layout);
        }
        if (weight.dtype() == DType.I32 || weight.dtype() == DType.U8 || dtype == DType.I32 || dtype == DType.U8) {
            throw new ShapeException("pack: weight and dtype must be float types, got " + weight + " to " + dtype);
        }
        weight.address();
        boolean fits = layout.equals(Layout.LINEAR)
                ? weight.rank() == 2
                : weight.rank() == 5 && layout.groups() >= 1 && weight.dim(0) % layout.groups() == 0;
        Check.rule(fits, "pack", "weight", "[out, in] for LINEAR or [out, in / groups, kt, kh, kw] for CONV3D", weight);
        Storage storage = allocate(weight.name(), weight.shape(), backend.packedBytes(layout, dtype, weight.shape()));
        Tensor packed = new Tensor(weight.name(), dtype, weight.shape(), layout, storage);
        ops().pack(packed, weight);
        return packed;
    }

    /** A tensor with these values, converted to {@code dtype}. */
    public Tensor of(String tensorName, DType dtype, float[] values, long... dims) {
        Shape shape = Shape.of(dims);
        if (shape.numel() != values.length) {
            throw new ShapeException(
                    "of: " + tensorName + " must have " + shape.numel() + " values, got " + values.length);
        }
        Tensor tensor = alloc(tensorName, dtype, shape);
        write(tensor, values);
        return tensor;
    }

    /** Overwrites a plain tensor, an input of {@link RepeatedWork}; everything else is left as it was made. */
    public void write(Tensor tensor, float[] values) {
        Check.rule(
                tensor.layout().equals(Layout.PLAIN) && tensor.numel() == values.length,
                "write",
                "tensor",
                "plain, of " + values.length + " values",
                tensor);
        DType dtype = tensor.dtype();
        int step = COPY_BYTES / dtype.bytes();
        ByteBuffer buffer = ByteBuffer.allocateDirect(
                        (int) Math.min(COPY_BYTES, Math.max(1, (long) values.length * dtype.bytes())))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < values.length; start += step) {
            int count = Math.min(step, values.length - start);
            buffer.clear();
            Floats.encode(dtype, values, start, count, buffer);
            buffer.flip();
            backend.copyIn(tensor, (long) start * dtype.bytes(), buffer);
        }
    }

    /** Overwrites {@code target} as {@link #write(Tensor, float[])}, with {@code source} converted to its dtype. */
    public void write(Tensor target, Tensor source) {
        Check.rule(target.shape().equals(source.shape()), "write", "target", "of the shape of " + source, target);
        if (target.dtype() == source.dtype()) {
            ops().slice(target, source, 0, 0);
        } else {
            ops().cast(target, source);
        }
    }

    /** An F32 tensor with these values. */
    public Tensor of(String tensorName, float[] values, long... dims) {
        return of(tensorName, DType.F32, values, dims);
    }

    private Storage allocate(String tensorName, Shape shape, long bytes) {
        requireUsable();
        requireRoom(tensorName, shape, bytes);
        Storage storage = new Storage(this, tensorName, allocateOnBackend(tensorName, shape, bytes), bytes);
        owned.add(storage);
        count(bytes);
        return storage;
    }

    private void requireRoom(String tensorName, Shape shape, long bytes) {
        for (Arena arena = this; arena != null; arena = arena.parent) {
            if (bytes > arena.limit - arena.bytesInUse) {
                throw new OutOfMemoryException(
                        "arena: " + arena.path() + " must stay within " + arena.limit + " bytes, got "
                                + tensorName + " " + shape + " of " + bytes + " bytes with " + arena.bytesInUse
                                + " in use; largest: " + arena.largest());
            }
        }
    }

    /** A backend knows bytes only: what they were for, and what holds the others, is added here. */
    private long allocateOnBackend(String tensorName, Shape shape, long bytes) {
        try {
            return backend.allocate(bytes);
        } catch (OutOfMemoryException e) {
            Arena root = this;
            while (root.parent != null) {
                root = root.parent;
            }
            throw new OutOfMemoryException(e.getMessage() + "; asked for " + tensorName + " " + shape + " in " + path()
                    + ", largest in this tree: " + root.largest());
        }
    }

    private List<String> largest() {
        List<Storage> all = new ArrayList<>();
        collect(all);
        all.sort(Comparator.comparingLong((Storage s) -> s.bytes).reversed());
        return all.stream()
                .limit(5)
                .map(s -> s.name + " " + s.bytes + " in " + s.owner().path())
                .toList();
    }

    private void collect(List<Storage> all) {
        all.addAll(owned);
        children.forEach(child -> child.collect(all));
    }

    /** Makes the calling thread this arena's thread; the one before must be done with it and no child may be open. */
    public void takeOver() {
        if (closed || !children.isEmpty()) {
            throw new IllegalStateException("takeOver: arena " + path() + " must be open and without children");
        }
        thread = Thread.currentThread();
    }

    /** Shows an intermediate result to the tree's {@link TapListener}; nothing happens without one. */
    public Tensor tap(String tapName, Tensor tensor) {
        taps.tap(tapName, tensor);
        return tensor;
    }

    /** Whether {@link #tap} has a listener. */
    public boolean isTapped() {
        return taps != TapListener.NONE;
    }

    /** Whether {@link #tap} has a listener that wants this tensor, for taps that cost work. */
    public boolean isTapped(String tapName) {
        return isTapped() && taps.wants(tapName);
    }

    public Backend backend() {
        return backend;
    }

    @Override
    Ops ops() {
        requireUsable();
        return backend.ops();
    }

    /** Names from the root to here, joined by '/'. */
    public String path() {
        return parent == null ? name : parent.path() + "/" + name;
    }

    /** Bytes owned by this arena and its children. */
    public long bytesInUse() {
        return bytesInUse;
    }

    /** Largest {@link #bytesInUse} so far. */
    public long peakBytes() {
        return peakBytes;
    }

    private void requireUsable() {
        if (closed) {
            throw new IllegalStateException("arena: " + path() + " was used after it was closed");
        }
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("arena: " + path() + " must be used by thread " + thread.getName()
                    + ", got " + Thread.currentThread().getName());
        }
    }

    /** Frees everything. @throws IllegalStateException (after freeing) when a child was still open */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        requireUsable();
        List<String> open = children.stream().map(Arena::path).toList();
        List.copyOf(children).forEach(Arena::closeQuietly);
        owned.forEach(this::release);
        owned.clear();
        closed = true;
        if (parent != null) {
            parent.children.remove(this);
        }
        if (!open.isEmpty()) {
            throw new IllegalStateException("arena: children of " + path() + " must be closed first, got open " + open);
        }
    }

    private void closeQuietly() {
        try {
            close();
        } catch (IllegalStateException alreadyReportedByTheParent) {
            closed = true;
        }
    }

    private void release(Storage storage) {
        Storage.Place place = storage.place();
        long address = place == Storage.Place.OWN ? storage.address(null) : 0;
        storage.markFreed();
        if (place == Storage.Place.OWN) {
            count(-storage.bytes);
            backend.free(address, storage.bytes);
        }
    }

    private void count(long bytes) {
        for (Arena arena = this; arena != null; arena = arena.parent) {
            arena.bytesInUse += bytes;
            arena.peakBytes = Math.max(arena.peakBytes, arena.bytesInUse);
        }
    }

    List<Storage> owned() {
        return List.copyOf(owned);
    }

    /** Frees the memory of a storage owned here, which stays without. */
    void evict(Storage storage) {
        long address = storage.address(null);
        storage.put(Storage.Place.AWAY, 0);
        count(-storage.bytes);
        backend.free(address, storage.bytes);
    }

    /** Gives an evicted storage memory again, with undefined contents. */
    void readmit(Storage storage) {
        requireRoom(storage.name, Shape.of(storage.bytes), storage.bytes);
        long address = allocateOnBackend(storage.name, Shape.of(storage.bytes), storage.bytes);
        storage.put(Storage.Place.OWN, address);
        count(storage.bytes);
    }

    /** Gives an evicted storage the memory of {@code made}, owned by another arena, which loses it. */
    void adopt(Storage storage, Storage made) {
        Arena other = made.owner();
        long address = made.address(null);
        other.owned.remove(made);
        other.count(-made.bytes);
        made.markFreed();
        storage.put(Storage.Place.OWN, address);
        count(storage.bytes);
    }
}
