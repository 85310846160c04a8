package io.fsvideo.model;

import io.fsvideo.nn.Chunk;
import io.fsvideo.nn.Clip;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.nn.Flow;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One clip on its way through one half of a {@link WanVae}, a few frames at a time. Each layer runs on one frame at a time, so that no
 * map is larger than a frame; results equal the whole clip's. Closed by its user, also after an error.
 *
 * @since 0.1
 */
public final class WanVaeStream implements ClipStream {
    private final Clip clip;
    private final DType dtype;
    private final List<WanVae.Step> steps;
    private final Consumer<Tensor> require;

    WanVaeStream(Arena a, DType dtype, List<WanVae.Step> steps, Consumer<Tensor> require) {
        this.clip = new Clip(a, DecoderNoise.NONE);
        this.dtype = dtype;
        this.steps = steps;
        this.require = require;
    }

    @Override
    public Tensor next(Arena a, Tensor frames) {
        require.accept(frames);
        if (frames.dim(1) < 1) {
            throw new ShapeException("wanVae: frames must be at least 1, got " + frames);
        }
        try (Arena t = a.child("wanVaeStream")) {
            List<Tensor> done = new ArrayList<>();
            frameByFrame(t, new Flow(t, t.cast(frames, dtype)), 0, done);
            return t.keep(t.concat(1, done));
        }
    }

    /**
     * Takes one frame after the other from step {@code index} to the end. Each is in a flow of its own, which frees it when its first
     * step has read it; {@code frames} is freed before that.
     */
    private void frameByFrame(Arena t, Flow frames, int index, List<Tensor> done) {
        List<Flow> parts = new ArrayList<>();
        try (frames) {
            for (long frame = 0; frame < frames.value().dim(1); frame++) {
                long from = frame;
                Flow part = new Flow(t, frames.value());
                parts.add(part);
                part.then("frame", (s, v) -> s.slice(v, 1, from, from + 1));
            }
            frames.close();
            for (Flow part : parts) {
                run(t, part, index, done);
            }
        } finally {
            parts.forEach(Flow::close);
        }
    }

    private void run(Arena t, Flow frame, int index, List<Tensor> done) {
        Chunk chunk = clip.chunk();
        for (int i = index; i < steps.size(); i++) {
            WanVae.Step step = steps.get(i);
            frame.then("step", (s, v) -> step.layer().forward(s, v, chunk));
            if (frame.value().dim(1) > 1) {
                frameByFrame(t, frame, i + 1, done);
                return;
            }
        }
        done.add(frame.finish());
    }

    @Override
    public long bytesInUse() {
        return clip.arena().bytesInUse();
    }

    @Override
    public void close() {
        clip.close();
    }
}
