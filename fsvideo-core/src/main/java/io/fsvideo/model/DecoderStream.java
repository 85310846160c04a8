package io.fsvideo.model;

import io.fsvideo.model.AutoencoderLayers.Step;
import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Clip;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Flow;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes one clip in chunks; frames equal those of the whole clip. The Lite decoder answers each chunk with its frames; the Standard
 * decoder looks ahead, so frames come late (possibly none for a chunk) and {@link #finish} returns the rest. No map is ever larger
 * than the largest chunk so far asks for. Closed by its user, also after an error in a chunk.
 */
public final class DecoderStream implements AutoCloseable {
    private final Autoencoder autoencoder;
    private final Clip clip;
    private final List<Step> steps;
    private long largest = 1;
    private Tensor empty;

    DecoderStream(Autoencoder autoencoder, Arena a, Features features, DecoderNoise noise) {
        this.autoencoder = autoencoder;
        this.clip = new Clip(a, noise);
        try {
            this.steps = autoencoder.decoderSteps(clip.arena(), features);
        } catch (RuntimeException | Error e) {
            clip.close();
            throw e;
        }
    }

    /**
     * Decodes the clip's next latents.
     *
     * @param latent {@code [batch, frames, height, width, latentChannels]}
     * @return the frames that are ready, {@code [batch, frames, height, width, 3]}; zero frames are possible
     */
    public Tensor decode(Arena a, Tensor latent) {
        autoencoder.requireLatent(latent);
        largest = Math.max(largest, latent.dim(1));
        try (Arena t = a.child("decoder")) {
            if (empty == null) {
                empty = clip.arena().slice(t.cast(latent, autoencoder.dtype()), 1, 0, 0);
            }
            return t.keep(run(t, latent, clip.chunk()));
        }
    }

    /** Ends the clip. @return the frames still held back; zero frames for the Lite decoder */
    public Tensor finish(Arena a) {
        if (empty == null) {
            throw new IllegalStateException("decoderStream: latents must be decoded before finish, got none");
        }
        try (Arena t = a.child("decoder")) {
            return t.keep(run(t, empty, clip.lastChunk()));
        }
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
