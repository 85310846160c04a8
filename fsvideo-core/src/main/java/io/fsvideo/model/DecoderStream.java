package io.fsvideo.model;

import io.fsvideo.model.AutoencoderLayers.Step;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Clip;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Flow;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes one clip in chunks; frames equal those of the whole clip. The Lite decoder answers each chunk with its frames; the Standard
 * decoder looks ahead, so frames come late (possibly none for a chunk) and {@link #finish} returns the rest. No map is ever larger
 * than the largest chunk so far asks for. Closed by its user, also after an error in a chunk.
 *
 * <p>Ranks may share a Lite decoder: each decodes some latents of every chunk and hands its last frame at every convolution to the next,
 * so that nothing is computed twice. All get all frames.
 *
 * @since 0.1
 */
public final class DecoderStream implements AutoCloseable {
    private static final int RGB = 3;

    private final Autoencoder autoencoder;
    private final Clip clip;
    private final List<Step> steps;
    private final Comm ranks;
    private long largest = 1;
    private Tensor empty;

    DecoderStream(Autoencoder autoencoder, Arena a, Features features, DecoderNoise noise, Comm ranks) {
        this.autoencoder = autoencoder;
        this.ranks = ranks;
        requireShareable();
        this.clip = new Clip(a, noise, ranks);
        try {
            this.steps = autoencoder.decoderSteps(clip.arena(), features);
        } catch (RuntimeException | Error e) {
            clip.close();
            throw e;
        }
    }

    private void requireShareable() {
        if (ranks.size() > 1 && isLate()) {
            throw new ConfigException("autoencoder: decoder_time must be group for ranks that share a clip, got "
                    + autoencoder.config().decoderTime() + " for " + ranks.size() + " ranks");
        }
    }

    /**
     * Decodes the clip's next latents.
     *
     * @param latent at least one frame per rank; {@code [batch, frames, height, width, latentChannels]}
     * @return the frames that are ready, {@code [batch, frames, height, width, 3]}; zero frames are possible
     */
    public Tensor decode(Arena a, Tensor latent) {
        autoencoder.requireLatent(latent);
        if (latent.dim(1) < ranks.size() && ranks.size() > 1) {
            throw new ShapeException(
                    "decode: latent must have a frame for each of " + ranks.size() + " ranks, got " + latent);
        }
        largest = Math.max(largest, latent.dim(1));
        try (Arena t = a.child("decoder")) {
            boolean starts = empty == null;
            if (starts) {
                empty = clip.arena().slice(t.cast(latent, autoencoder.dtype()), 1, 0, 0);
            }
            return t.keep(ranks.size() == 1 ? run(t, latent, clip.chunk()) : shared(t, latent, starts));
        }
    }

    /** This rank's part of the latents, then everybody's frames. */
    private Tensor shared(Arena t, Tensor latent, boolean starts) {
        Tensor own =
                run(t, t.slice(latent, 1, turn(latent, ranks.rank()), turn(latent, ranks.rank() + 1)), clip.chunk());
        List<Tensor> all = new ArrayList<>();
        for (int rank = 0; rank < ranks.size(); rank++) {
            long latents = turn(latent, rank + 1) - turn(latent, rank);
            long frames = latents * autoencoder.config().frameFactor() - (starts && rank == 0 ? firstSkipped() : 0);
            Tensor part = rank == ranks.rank()
                    ? own
                    : t.alloc("frames", own.dtype(), own.shape().with(1, frames));
            ranks.broadcast(part, rank);
            all.add(part);
        }
        return t.concat(1, all);
    }

    /** A clip's first latent makes one frame. */
    private long firstSkipped() {
        return autoencoder.config().frameFactor() - 1;
    }

    /** Where the rank's latents begin; of a remainder the first ranks have one more. */
    private long turn(Tensor latent, int rank) {
        long each = latent.dim(1) / ranks.size();
        return each * rank + Math.min(rank, latent.dim(1) % ranks.size());
    }

    /** Ends the clip. @return the frames still held back; zero frames for the Lite decoder */
    public Tensor finish(Arena a) {
        if (empty == null) {
            throw new IllegalStateException("decoderStream: no latents were decoded before finish");
        }
        try (Arena t = a.child("decoder")) {
            if (ranks.size() > 1) {
                return t.keep(noFrames(t));
            }
            return t.keep(run(t, empty, clip.lastChunk()));
        }
    }

    private Tensor noFrames(Arena t) {
        int side = autoencoder.config().spatialFactor();
        return t.fill(autoencoder.dtype(), 0, empty.dim(0), 0, side * empty.dim(2), side * empty.dim(3), RGB);
    }

    private Tensor run(Arena t, Tensor latent, Chunk chunk) {
        List<Tensor> frames = new ArrayList<>();
        run(t, t.cast(latent, autoencoder.dtype()), 0, chunk, frames);
        return t.concat(1, frames);
    }

    /** Steps from {@code index} on; results longer than a chunk deserves go on in pieces, so that the end of a clip stays small. */
    private void run(Arena t, Tensor x, int index, Chunk chunk, List<Tensor> frames) {
        try (Flow flow = new Flow(t, x)) {
            for (int i = index; i < steps.size(); i++) {
                Step step = steps.get(i);
                flow.then("step", (s, v) -> step.layer().forward(s, v, chunk));
                if (step.tap() != null) {
                    t.tap(step.tap(), flow.value());
                }
                long piece = largest * step.rate();
                long from = 0;
                while (isLate() && flow.value().dim(1) - from > piece) {
                    runPiece(t, flow.value(), from, from + piece, i + 1, frames);
                    from += piece;
                }
                if (from > 0) {
                    long rest = from;
                    flow.then("rest", (s, v) -> s.slice(v, 1, rest, v.dim(1)));
                }
            }
            frames.add(flow.finish());
        }
    }

    private void runPiece(Arena t, Tensor x, long from, long to, int index, List<Tensor> frames) {
        try (Arena s = t.child("piece")) {
            List<Tensor> done = new ArrayList<>();
            run(s, s.slice(x, 1, from, to), index, clip.chunk(), done);
            done.forEach(s::keep);
            frames.addAll(done);
        }
    }

    private boolean isLate() {
        return autoencoder.config().decoderTime() == AutoencoderConfig.DecoderTime.SAME;
    }

    /** Bytes remembered between chunks. */
    public long bytesInUse() {
        return clip.arena().bytesInUse();
    }

    /** Frees what is remembered. */
    @Override
    public void close() {
        clip.close();
    }
}
