package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
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

    /** Whether ranks take turns with the clip's chunks. */
    boolean isShared() {
        return clip != null && clip.ranks().size() > 1;
    }

    /**
     * The frame before {@code x}'s first in a shared clip, or null at the clip's start: the last one of the rank before, or for the
     * first rank that of the last rank's chunk of the round before.
     */
    Tensor frameBefore(Arena a, Object layer, Tensor x) {
        Comm ranks = clip.ranks();
        long batch = x.dim(0);
        try (Arena t = a.child("frame before")) {
            Tensor last = t.slice(x, 1, x.dim(1) - 1, x.dim(1));
            Tensor all = t.alloc("last frames", x.dtype(), last.shape().with(0, ranks.size() * batch));
            ranks.allGather(all, last);
            if (ranks.rank() > 0) {
                return t.keep(t.slice(all, 0, (ranks.rank() - 1) * batch, ranks.rank() * batch));
            }
            Tensor remembered = recall(layer);
            Tensor before = remembered == null ? null : t.keep(t.slice(remembered, 1, 0, 1));
            remember(layer, t.slice(all, 0, (ranks.size() - 1) * batch, ranks.size() * batch), 0);
            return before;
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
