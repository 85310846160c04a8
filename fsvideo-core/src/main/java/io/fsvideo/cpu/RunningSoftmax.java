package io.fsvideo.cpu;

import io.fsvideo.tensor.DType;
import java.util.Arrays;

/**
 * Sums of values, weighted by the softmax of a block's scores, over keys that come tile by tile (online softmax: Milakov and
 * Gimelshein, arXiv 1805.02867).
 */
final class RunningSoftmax {
    enum Way {
        /** Exponentials of the scores as they are: all that is needed where no row's are all far from zero. */
        PLAIN,
        /** Exponentials relative to a reference of each row near its largest score so far. */
        RELATIVE
    }

    /** How far scores may rise above a row's reference before it follows: exponentials, e^8 at most, lose nothing in floating point. */
    private static final float SLACK = 8;
    /**
     * The largest sum of plain exponentials: far enough from F32's largest for values of 1e23, and from its smallest
     * for weights of 1e-22.
     */
    private static final double LARGEST_TOTAL = 1e15;

    private static final double SMALLEST_TOTAL = 1 / LARGEST_TOTAL;

    private final Worker worker;
    private final int dim;
    private final float[] references;
    private final double[] totals;
    private final float[] tile;
    private Way way;
    private int rows;
    private long sums;

    /** @param most rows of a block */
    RunningSoftmax(Worker worker, int most, int dim) {
        this.worker = worker;
        this.dim = dim;
        references = new float[most];
        totals = new double[most];
        tile = new float[most];
    }

    /** Begins a block. */
    void start(int count, Way how) {
        rows = count;
        way = how;
        Arrays.fill(references, Float.NEGATIVE_INFINITY);
        Arrays.fill(totals, 0);
        sums = worker.scratch(Worker.Scratch.OUTPUT, (long) count * dim * Float.BYTES);
        worker.zero(sums, (long) count * dim * Float.BYTES);
    }

    /** @param bias address of the scores' addends, or 0 */
    void add(TileSteps steps, long q, long k, long bias, long v) {
        long weights = way == Way.PLAIN ? plain(steps, q, k, bias) : relative(steps, q, k, bias);
        worker.execute(steps.add(), weights, v, sums);
    }

    private long plain(TileSteps steps, long q, long k, long bias) {
        long weights = worker.scratch(Worker.Scratch.SCORES, rows * steps.keys() * Float.BYTES);
        product(steps.weights(), q, k, bias, weights);
        addTotals(steps.total(), weights);
        return weights;
    }

    private long relative(TileSteps steps, long q, long k, long bias) {
        long scores = worker.scratch(Worker.Scratch.SCORES, rows * steps.keys() * Float.BYTES);
        product(steps.scores(), q, k, bias, scores);
        worker.execute(steps.max(), scores, perRow());
        follow();
        worker.execute(steps.exponentials(), scores, perRow(), scores);
        addTotals(steps.sum(), scores);
        if (steps.narrow() == null) {
            return scores;
        }
        long weights = worker.scratch(Worker.Scratch.PROBABILITIES, rows * steps.keys() * DType.BF16.bytes());
        worker.execute(steps.narrow(), scores, weights);
        return weights;
    }

    private void product(Primitive product, long q, long k, long bias, long target) {
        if (bias == 0) {
            worker.execute(product, q, k, target);
        } else {
            worker.execute(product, q, k, target, bias);
        }
    }

    /** One number of each row. */
    private long perRow() {
        return worker.scratch(Worker.Scratch.ROWS, (long) references.length * Float.BYTES);
    }

    /** Moves references up to the tile's largest scores where these have left them behind, and stores them in the largest's place. */
    private void follow() {
        worker.staging().load(DType.F32, perRow(), tile, 0, rows);
        for (int row = 0; row < rows; row++) {
            float reference = references[row];
            if (!(tile[row] <= reference + SLACK)) {
                references[row] = tile[row];
                rescale(row, Math.exp((double) reference - references[row]));
            }
        }
        worker.staging().store(DType.F32, references, 0, rows, perRow());
    }

    private void rescale(int row, double factor) {
        if (totals[row] == 0) {
            return;
        }
        totals[row] *= factor;
        long address = sums + (long) row * dim * Float.BYTES;
        float[] values = worker.staging().block(0, dim);
        worker.staging().load(DType.F32, address, values, 0, dim);
        for (int i = 0; i < dim; i++) {
            values[i] *= (float) factor;
        }
        worker.staging().store(DType.F32, values, 0, dim, address);
    }

    private void addTotals(Primitive sum, long weights) {
        worker.execute(sum, weights, perRow());
        worker.staging().load(DType.F32, perRow(), tile, 0, rows);
        for (int row = 0; row < rows; row++) {
            totals[row] += tile[row];
        }
    }

    /** Whether the block's sums can be used; where not, {@link Way#RELATIVE} ones can. */
    boolean isAccurate() {
        if (way == Way.PLAIN) {
            for (int row = 0; row < rows; row++) {
                if (!(totals[row] >= SMALLEST_TOTAL && totals[row] <= LARGEST_TOTAL)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Ends a block: divides by the totals and writes the rows to {@code target}. */
    void finish(Primitive divide, Primitive store, long target) {
        for (int row = 0; row < rows; row++) {
            tile[row] = (float) totals[row];
        }
        worker.staging().store(DType.F32, tile, 0, rows, perRow());
        worker.execute(divide, sums, perRow(), sums);
        worker.execute(store, sums, target);
    }
}
