package io.fsvideo;

import io.fsvideo.model.Dit;
import io.fsvideo.sample.Guidance;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Recording;
import io.fsvideo.tensor.RepeatedWork;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * A transformer's velocities, step after step. A step's work differs from the last one's by its sample and its times alone, unless the
 * guidance does: then it is another work, and the one before is forgotten.
 */
final class Predictor implements AutoCloseable {
    private final Arena owner;
    private final Dit dit;
    private final Dit.Context all;
    private final Dit.Context alone;
    private final Tensor known;
    private final Dit.Shortcut shortcut;
    private Guidance guidance;
    private Arena inputs;
    private Tensor noisy;
    private Tensor times;
    private RepeatedWork work;

    /**
     * @param all conditions of every branch; {@code alone} those of the first
     * @param known {@code [1, frames, height, width, channels]}, what the model reads beside the sample
     */
    Predictor(Arena owner, Dit dit, Dit.Context all, Dit.Context alone, Tensor known, Dit.Shortcut shortcut) {
        this.owner = owner;
        this.dit = dit;
        this.all = all;
        this.alone = alone;
        this.known = known;
        this.shortcut = shortcut;
    }

    /**
     * @param x {@code [1, frames, height, width, channels]} F32
     * @return as {@code x}; holds until the next call
     */
    Tensor velocity(Guidance next, Tensor x, float time) {
        if (!next.equals(guidance)) {
            close();
            open(next, x.shape());
        }
        inputs.write(noisy, x);
        float[] each = new float[next.branches()];
        Arrays.fill(each, time);
        inputs.write(times, dit.timeFeatures(each));
        return work.run();
    }

    private void open(Guidance next, Shape sample) {
        guidance = next;
        inputs = owner.child("inputs");
        noisy = inputs.alloc("noisy", known.dtype(), sample);
        times = inputs.alloc(
                "times", DType.F32, Shape.of(next.branches(), dit.config().freqDim()));
        work = new RepeatedWork(inputs, recording(), this::step);
    }

    /** A shortcut decides on the host; streamed blocks are never in the same place. */
    private Recording recording() {
        boolean same = shortcut == Dit.Shortcut.NONE && !dit.isStreamed() && !owner.isTapped();
        return same ? owner.backend().recording() : null;
    }

    private Tensor step(Arena a) {
        Tensor input = guidance.input(a, known.dim(-1) == 0 ? noisy : a.concat(-1, List.of(noisy, known)));
        Dit.Context context = guidance.branches() == 1 ? alone : all;
        return guidance.combine(a, a.cast(dit.forward(a, input, times, context, shortcut), DType.F32));
    }

    @Override
    public void close() {
        if (work != null) {
            work.close();
            work = null;
        }
        if (inputs != null) {
            inputs.close();
            inputs = null;
        }
        guidance = null;
    }
}
