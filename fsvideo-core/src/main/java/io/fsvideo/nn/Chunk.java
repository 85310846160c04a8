package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** Consecutive frames on their way through a model: whether they end their clip, and the {@link Clip} that remembers earlier ones. */
public final class Chunk {
    private final Clip clip;
    private final boolean last;
    private final DecoderNoise noise;

    Chunk(Clip clip, boolean last, DecoderNoise noise) {
        this.clip = clip;
        this.last = last;
        this.noise = noise;
    }

    /** A whole clip at once: nothing before it, nothing after. */
    public static Chunk whole() {
        return whole(DecoderNoise.NONE);
    }

    /** A whole clip at once, with noise in the decoder's residual blocks. */
    public static Chunk whole(DecoderNoise noise) {
        return new Chunk(null, true, noise);
    }

    boolean isStream() {
        return clip != null;
    }

    boolean isLast() {
        return last;
    }

    DecoderNoise noise() {
        return noise;
    }

    /** Whether {@code x} holds the first frame of the clip that {@code layer} sees. */
    public boolean isFirst(Object layer, Tensor x) {
        return clip == null ? x.dim(1) > 0 : clip.isFirst(layer, x);
    }

    /** What {@code layer} remembered, or null. */
    public Tensor recall(Object layer) {
        return clip == null ? null : clip.recall(layer);
    }

    /** Keeps a copy of {@code x}'s frames from {@code from} on for {@code layer}'s next chunk, instead of what it kept before. */
    public void remember(Object layer, Tensor x, long from) {
        if (clip == null) {
            return;
        }
        if (last || from == x.dim(1)) {
            clip.forget(layer);
        } else {
            clip.remember(layer, x, from);
        }
    }

    /** {@code layer}'s next {@code frames} input frames, for a sum with a branch that runs late; the others wait. */
    Tensor delayed(Arena a, Object layer, Tensor x, long frames) {
        Tensor waiting = recall(layer);
        if (waiting == null && x.dim(1) == frames) {
            return x;
        }
        try (Arena t = a.child("delayed")) {
            Tensor all = waiting == null ? x : t.concat(1, List.of(waiting, x));
            Tensor due = t.slice(all, 1, 0, frames);
            remember(layer, all, frames);
            return t.keep(due);
        }
    }
}
