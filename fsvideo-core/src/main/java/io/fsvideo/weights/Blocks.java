package io.fsvideo.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The equal blocks of a model, whose parameters may be on the backend only while a block is used. */
public final class Blocks<B> {
    private final List<B> blocks = new ArrayList<>();
    private final BlockStream stream;

    private Blocks(BlockStream stream) {
        this.stream = stream;
    }

    /** @param constructor reads the parameters of block {@code 0 .. count - 1} through the weights it is given, the model's root */
    public static <B> Blocks<B> load(Weights w, int count, BiFunction<Weights, Integer, B> constructor) {
        Blocks<B> loaded = new Blocks<>(count > 1 ? w.stream() : null);
        for (int i = 0; i < count; i++) {
            loaded.add(w, i, constructor);
        }
        return loaded;
    }

    private void add(Weights w, int index, BiFunction<Weights, Integer, B> constructor) {
        if (stream == null) {
            blocks.add(constructor.apply(w, index));
            return;
        }
        blocks.add(constructor.apply(w.in(stream.begin()), index));
        stream.end();
    }

    public int count() {
        return blocks.size();
    }

    /** Whether they are on the backend only while they are used. */
    public boolean areStreamed() {
        return stream != null;
    }

    /** Runs {@code body} with block {@code index}, one at a time; what it queues may use the block, nothing later. */
    public <R> R with(int index, Function<B, R> body) {
        if (stream == null) {
            return body.apply(blocks.get(index));
        }
        stream.acquire(index);
        try {
            return body.apply(blocks.get(index));
        } finally {
            stream.release(index);
        }
    }
}
