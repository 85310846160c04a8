package io.fsvideo.examples.extend;

import io.fsvideo.Stage;
import io.fsvideo.media.FrameCollector;
import io.fsvideo.media.Video;
import io.fsvideo.pipeline.Denoiser;
import io.fsvideo.pipeline.Geometry;
import io.fsvideo.pipeline.Part;
import io.fsvideo.pipeline.PartStore;
import io.fsvideo.pipeline.Pipeline;
import io.fsvideo.pipeline.Prompts;
import io.fsvideo.pipeline.ResolvedRequest;
import io.fsvideo.pipeline.Sharing;
import io.fsvideo.pipeline.Tracker;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The way from words to frames: colours of the words, the engine's sampling loop, and blocks blown up to pixels. */
record ToyPipeline(ToyConfig config, PartStore parts, ToyTransformer transformer, Sharing sharing) implements Pipeline {
    @Override
    public Video run(Arena a, ResolvedRequest job, Prompts prompts, Tracker tracker) {
        try (Arena t = a.child("toy video");
                PartStore.Use use = parts.use(Part.TRANSFORMER)) {
            tracker.begin(Stage.TEXT, 1);
            List<Tensor> texts = new ArrayList<>();
            texts.add(transformer.colours(t, prompts.ids(job.prompt())));
            if (job.isGuided()) {
                texts.add(transformer.colours(t, prompts.ids(job.negativePrompt())));
            }
            tracker.step();
            tracker.begin(Stage.BASE, job.steps());
            Denoiser denoiser = new Denoiser(transformer, job, tracker, sharing.branches(Part.TRANSFORMER));
            Tensor blocks = denoiser.run(
                    t, new Denoiser.Conditions(texts, null, noChannels(t, job.geometry())), job.baseSteps(), 0);
            return decode(t, blocks, job.geometry(), tracker);
        }
    }

    /** The transformer reads the noise alone. */
    private Tensor noChannels(Arena t, Geometry g) {
        return t.fill(parts.dtype(), 0, 1, g.latentFrames(), g.latentHeight(), g.latentWidth(), 0);
    }

    private Video decode(Arena t, Tensor blocks, Geometry g, Tracker tracker) {
        tracker.begin(Stage.DECODE, 1);
        FrameCollector frames =
                new FrameCollector(g.height(), g.width(), config.pipeline().framesPerSecond());
        frames.append(
                t.resize(blocks, g.height(), g.width(), Resampling.NEAREST).toFloats());
        tracker.step();
        return frames.video();
    }
}
