package io.fsvideo.sample;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.Function;

/** The latest tensors of a solver, each in an arena of its own so that the oldest can be freed alone. */
final class History implements AutoCloseable {
    private record Entry(Arena arena, Tensor tensor) {}

    private final Arena state;
    private final String name;
    private final Deque<Entry> entries = new ArrayDeque<>();

    History(Arena state, String name) {
        this.state = state;
        this.name = name;
    }

    /** Remembers what {@code make} computes in the arena it is given. */
    Tensor add(Function<Arena, Tensor> make) {
        Arena arena = state.child(name);
        try {
            entries.addFirst(new Entry(arena, make.apply(arena)));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        return back(0);
    }

    /** The {@code age}-th latest: 0 is the newest. */
    Tensor back(int age) {
        Iterator<Entry> newestFirst = entries.iterator();
        for (int i = 0; i < age; i++) {
            newestFirst.next();
        }
        return newestFirst.next().tensor();
    }

    /** Frees all but the newest {@code count}. */
    void retain(int count) {
        while (entries.size() > count) {
            entries.removeLast().arena().close();
        }
    }

    /** The newest, handed to the state arena; frees the others. */
    Tensor release() {
        Entry newest = entries.getFirst();
        newest.arena().keep(newest.tensor());
        retain(0);
        return newest.tensor();
    }

    @Override
    public void close() {
        retain(0);
    }
}
