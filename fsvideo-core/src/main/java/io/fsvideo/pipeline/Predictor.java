package io.fsvideo.pipeline;

import io.fsvideo.model.Transformer;
import io.fsvideo.sample.Guidance;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Comm;
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
    private final Transformer transformer;
    private final Transformer.Prepared all;
    private final Transformer.Prepared alone;
    private final Tensor known;
    private final Transformer.Shortcut shortcut;
    private final Comm branches;
    private Guidance guidance;
    private Arena inputs;
    private Tensor noisy;
    private Tensor times;
    private RepeatedWork work;

    /**
     * @param all conditions of every branch; {@code alone} those of the first
     * @param known {@code [1, frames, height, width, channels]}, what the model reads beside the sample
     * @param branches ranks that run one branch each, of which {@code all} is then this rank's
     */
    Predictor(
            Arena owner,
            Transformer transformer,
            Transformer.Prepared all,
            Transformer.Prepared alone,
            Tensor known,
            Transformer.Shortcut shortcut,
            Comm branches) {
        this.owner = owner;
        this.transformer = transformer;
        this.all = all;
        this.alone = alone;
        this.known = known;
        this.shortcut = shortcut;
        this.branches = branches;
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
        shortcut.branches(next.branches());
        inputs.write(noisy, x);
        float[] each = new float[ownBranches(next)];
        Arrays.fill(each, time);
        inputs.write(times, transformer.timeFeatures(each));
        return work.run();
    }

    private void open(Guidance next, Shape sample) {
        guidance = next;
        inputs = owner.child("inputs");
        noisy = inputs.alloc("noisy", known.dtype(), sample);
        times = inputs.alloc("times", DType.F32, Shape.of(ownBranches(next), transformer.freqDim()));
        work = new RepeatedWork(inputs, recording(), this::step);
    }

    /** Whether each of {@code ranks} runs one of so many branches. */
    static boolean isSplit(Comm ranks, int count) {
        return ranks.size() > 1 && ranks.size() == count;
    }

    private int ownBranches(Guidance next) {
        return isSplit(branches, next.branches()) ? 1 : next.branches();
    }

    /** A shortcut decides on the host, as ranks meet there; streamed blocks are never in the same place. */
    private Recording recording() {
        boolean alone = branches.size() == 1 && !transformer.isShared();
        boolean same = alone && shortcut == Transformer.Shortcut.NONE && !transformer.isStreamed() && !owner.isTapped();
        return same ? owner.backend().recording() : null;
    }

    private Tensor step(Arena a) {
        boolean split = isSplit(branches, guidance.branches());
        Tensor sample = known.dim(-1) == 0 ? noisy : a.concat(-1, List.of(noisy, known));
        Tensor input = split ? sample : guidance.input(a, sample);
        Transformer.Prepared prepared = guidance.branches() == 1 ? alone : all;
        Tensor predicted = a.cast(prepared.forward(a, input, times, shortcut), DType.F32);
        return guidance.combine(a, split ? gather(a, predicted) : predicted);
    }

    /** Every rank's branch, in the order of the texts. */
    private Tensor gather(Arena a, Tensor own) {
        Tensor all = a.alloc("branches", own.dtype(), own.shape().with(0, branches.size()));
        branches.allGather(all, own);
        return all;
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
