package io.fsvideo.check;

import io.fsvideo.model.WanVae;
import io.fsvideo.model.WanVaeConfig;
import io.fsvideo.model.WanVaeStream;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** Wan's video autoencoder, as a whole and in upstream's chunks; intermediates are stored by chunk. */
final class WanVaeCheck implements GoldenCheck {
    @Override
    public void run(Golden golden, Backend backend, Comparison out) {
        WanVaeConfig config = WanVaeConfig.fromJson(golden.config());
        TapListener taps = (name, tensor) -> compareChunks(golden, backend, out, "debug." + name, tensor);
        try (Arena tapped = Arena.root(backend, "wanVae", taps);
                Arena arena = Arena.root(backend, "wanVae")) {
            WanVae vae = Weights.load(arena, golden.weights(), DType.F32, w -> new WanVae(w, config));
            Tensor video = golden.clip(arena, "input.video");
            Tensor latent = golden.clip(arena, "input.latent");
            compare(golden, out, "output.latent", vae.encode(tapped, video));
            compare(golden, out, "output.video", vae.decode(tapped, latent));
            try (WanVaeStream stream = vae.encoderStream(arena)) {
                compare(golden, out, "output.latent", inChunks(arena, stream, video, config.frameFactor()));
            }
            try (WanVaeStream stream = vae.decoderStream(arena)) {
                compare(golden, out, "output.video", inChunks(arena, stream, latent, 1));
            }
        }
    }

    /** The first frame alone, then {@code step} at a time. */
    private static Tensor inChunks(Arena a, WanVaeStream stream, Tensor clip, int step) {
        List<Tensor> parts = new ArrayList<>();
        long from = 0;
        while (from < clip.dim(1)) {
            long to = from == 0 ? 1 : Math.min(from + step, clip.dim(1));
            parts.add(stream.next(a, a.slice(clip, 1, from, to)));
            from = to;
        }
        return a.concat(1, parts);
    }

    private static void compareChunks(Golden golden, Backend backend, Comparison out, String name, Tensor clip) {
        try (Arena arena = Arena.root(backend, name)) {
            long from = 0;
            for (int chunk = 0; golden.has(name + ".chunk" + chunk); chunk++) {
                String stored = name + ".chunk" + chunk;
                long to = from + golden.shape(stored).dim(-3);
                compare(golden, out, stored, arena.slice(clip, 1, from, to));
                from = to;
            }
        }
    }

    /** Goldens store a clip with or without a batch axis. */
    private static void compare(Golden golden, Comparison out, String name, Tensor clip) {
        long[] dims = clip.shape().toArray();
        boolean batched = golden.shape(name).rank() == dims.length;
        Tensor stored = batched ? clip : clip.reshape(dims[1], dims[2], dims[3], dims[4]);
        out.compareChannelsFirst(name, stored, batched ? 1 : 0);
    }
}
