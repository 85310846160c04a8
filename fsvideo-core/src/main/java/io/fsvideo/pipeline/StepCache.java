package io.fsvideo.pipeline;

import io.fsvideo.model.Transformer;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/**
 * Adds what the blocks added at the last step that ran them, while the modulation by time has changed little since. The relative changes
 * from step to step are summed; beyond the threshold the blocks run and the sum starts again. First and last step always run. TeaCache
 * (arXiv 2411.19108) as its authors apply it to Wan2.1, without the polynomials they fit to each model's outputs.
 */
final class StepCache implements Transformer.Shortcut {
    private final Arena arena;
    private final double threshold;
    private final int steps;
    private int branches;
    private int step;
    private int skipped;
    private double change;
    private float[] previous;
    private Arena held;
    private Tensor before;
    private Tensor residual;

    /**
     * @param arena holds one hidden state
     * @param threshold relative change, above 0
     * @param steps of the run
     */
    StepCache(Arena arena, double threshold, int steps) {
        this.arena = arena;
        this.threshold = threshold;
        this.steps = steps;
    }

    @Override
    public void branches(int count) {
        if (branches != count) {
            close();
            branches = count;
        }
    }

    @Override
    public Tensor residual(Tensor modulation, Tensor tokens) {
        float[] now = modulation.toFloats();
        change += previous == null ? 0 : relativeChange(previous, now);
        previous = now;
        boolean must = step == 0 || step == steps - 1;
        step++;
        if (!must && residual != null && change < threshold) {
            skipped++;
            return residual;
        }
        change = 0;
        close();
        held = arena.child("step cache");
        before = held.weightedSum(new float[] {1}, List.of(tokens));
        return null;
    }

    @Override
    public void ran(Tensor result) {
        Arena next = arena.child("step cache");
        residual = next.weightedSum(new float[] {1, -1}, List.of(result, before));
        held.close();
        held = next;
        before = null;
    }

    /** The relative change of rows that may be repeated for another number of branches. */
    private static double relativeChange(float[] before, float[] now) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < Math.min(before.length, now.length); i++) {
            difference += Math.abs((double) now[i] - before[i]);
            size += Math.abs(before[i]);
        }
        return size == 0 ? 0 : difference / size;
    }

    @Override
    public int skippedSteps() {
        return skipped;
    }

    @Override
    public void close() {
        if (held != null) {
            held.close();
            held = null;
        }
        before = null;
        residual = null;
    }
}
