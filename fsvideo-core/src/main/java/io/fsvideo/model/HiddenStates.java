package io.fsvideo.model;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/** The hidden states X_0, X_1, … of one forward pass, each in an arena of its own so that old ones can be freed early. */
final class HiddenStates implements AutoCloseable {
    private record State(Arena arena, Tensor tensor) {}

    private final Arena owner;
    private final Deque<State> newestFirst = new ArrayDeque<>();
    private int made;

    HiddenStates(Arena owner) {
        this.owner = owner;
    }

    void add(Function<Arena, Tensor> make) {
        Arena arena = owner.child("state " + made);
        try {
            newestFirst.addFirst(new State(arena, make.apply(arena)));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        made++;
    }

    Tensor last() {
        return newestFirst.getFirst().tensor();
    }

    /** The latest {@code count}, oldest first. */
    List<Tensor> latest(int count) {
        List<Tensor> tensors = new ArrayList<>();
        newestFirst.stream().limit(count).forEach(state -> tensors.add(state.tensor()));
        Collections.reverse(tensors);
        return tensors;
    }

    /** Frees all but the latest {@code count}. */
    void retain(int count) {
        while (newestFirst.size() > count) {
            newestFirst.removeLast().arena().close();
        }
    }

    /** The last state, handed to the owner; frees the others. */
    Tensor release() {
        State last = newestFirst.getFirst();
        last.arena().keep(last.tensor());
        retain(0);
        return last.tensor();
    }

    @Override
    public void close() {
        retain(0);
    }
}
