package io.fsvideo.examples.extend;

import io.fsvideo.model.Transformer;
import io.fsvideo.nn.Linear;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.Collections;
import java.util.List;

/** A network of the caller's own: the velocity of every block of colour is a linear map of the block and of the first word's colour. */
final class ToyTransformer implements Transformer {
    private static final int COLOURS = 3;

    private final Tensor words;
    private final Linear velocity;

    ToyTransformer(Weights w, int vocabSize) {
        words = w.at("words").table("weight", vocabSize, COLOURS);
        velocity = Linear.of(w.at("velocity"), 2 * COLOURS, COLOURS);
    }

    /** Looks up the colours of words: {@code [words, 3]}. */
    Tensor colours(Arena a, int[] ids) {
        float[] numbers = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            numbers[i] = ids[i];
        }
        try (Arena t = a.child("words")) {
            return t.keep(t.embedding(t.of("ids", DType.I32, numbers, ids.length), words));
        }
    }

    @Override
    public int outDim() {
        return COLOURS;
    }

    @Override
    public int freqDim() {
        return 1;
    }

    /** The network does not look at the time, but must say what it would look at. */
    @Override
    public float[] timeFeatures(float[] times) {
        return times.clone();
    }

    @Override
    public Prepared prepare(Arena a, List<Tensor> texts, Tensor image) {
        return (arena, x, times, shortcut) -> forward(arena, x, texts);
    }

    private Tensor forward(Arena a, Tensor x, List<Tensor> texts) {
        try (Arena t = a.child("toy")) {
            List<Tensor> maps = texts.stream().map(text -> map(t, text, x)).toList();
            return t.keep(velocity.forward(t, t.concat(-1, List.of(x, t.concat(0, maps)))));
        }
    }

    /** The first word's colour at every block of every frame. */
    private static Tensor map(Arena t, Tensor text, Tensor x) {
        Tensor one = t.slice(text, 0, 0, 1).reshape(1, 1, 1, 1, COLOURS);
        Tensor frame = t.resize(one, x.dim(2), x.dim(3), Resampling.NEAREST);
        return t.cast(t.concat(1, Collections.nCopies((int) x.dim(1), frame)), x.dtype());
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public boolean isStreamed() {
        return false;
    }
}
