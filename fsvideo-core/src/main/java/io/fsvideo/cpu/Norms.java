package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_normalization_flags_none;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Normalisations over the last axis in blocks of rows; oneDNN's code finishes row after row. */
final class Norms {
    /** Elements of a block read and written where they are: enough for a primitive's start, about 2 us, not to count. */
    private static final int DIRECT = 1 << 16;
    /** Elements of a block that passes through scratch memory, and has to stay in the second-level cache. */
    private static final int STAGED = 1 << 15;

    private static final int SAMPLES = 16;
    /** Mean squared over variance up to which summing a row as it is loses no more than a bit or two. */
    private static final float NEAR_ZERO = 4;

    /**
     * One normalisation of a range of rows.
     *
     * @param weight address of {@code [dim]} F32 factors, or 0
     * @param bias address of {@code [dim]} F32 terms, or 0
     */
    private record Rows(Tensor out, Tensor x, long first, long count, long weight, long bias) {
        /** All rows. */
        Rows(Tensor out, Tensor x, Tensor weight, Tensor bias) {
            this(out, x, 0, x.numel() / Math.max(1, x.dim(-1)), address(weight), address(bias));
        }

        int dim() {
            return (int) x.dim(-1);
        }

        int flags() {
            return (weight == 0 ? 0 : dnnl_use_scale) | (bias == 0 ? 0 : dnnl_use_shift);
        }

        long source(long row) {
            return x.address() + row * dim() * x.dtype().bytes();
        }

        long target(long row) {
            return out.address() + row * dim() * out.dtype().bytes();
        }

        /** @param addresses of all arguments but weight and bias */
        void execute(Worker worker, Primitive primitive, long... addresses) {
            long[] all = Arrays.copyOf(addresses, primitive.argumentCount());
            int next = addresses.length;
            if (weight != 0) {
                all[next++] = weight;
            }
            if (bias != 0) {
                all[next] = bias;
            }
            worker.execute(primitive, all);
        }
    }

    private final Context context;

    Norms(Context context) {
        this.context = context;
    }

    private static long address(Tensor tensor) {
        return tensor == null ? 0 : tensor.address();
    }

    void rms(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        Rows rows = new Rows(out, x, weight, bias);
        DType from = context.elements(x.dtype());
        DType to = context.elements(out.dtype());
        blocks(rows, blockElements(rows), count -> {
            Primitive primitive = primitive(rows, count, from, to, dnnl_rms_norm, eps);
            return (worker, row) -> {
                long target = target(worker, rows, row, count);
                rows.execute(worker, primitive, source(worker, rows, row, count), target);
                finish(worker, rows, row, count, target);
            };
        });
    }

    /** RMS norm of tokens over all their heads, which are turned before they are stored. */
    void qkRope(Tensor out, Tensor x, Tensor weight, Mixing.Rotation rotation, float eps) {
        int dim = rotation.width();
        Rows rows = new Rows(out.reshape(x.dim(0), x.dim(1), dim), x.reshape(x.dim(0), x.dim(1), dim), weight, null);
        blocks(rows, STAGED, count -> {
            Primitive primitive = primitive(rows, count, context.elements(x.dtype()), DType.F32, dnnl_rms_norm, eps);
            int elements = count * dim;
            return (worker, row) -> {
                long normed = worker.scratch(Worker.Scratch.OUTPUT, (long) elements * Float.BYTES);
                rows.execute(worker, primitive, source(worker, rows, row, count), normed);
                float[] turned = worker.staging().block(0, elements);
                worker.staging().load(DType.F32, normed, turned, 0, elements);
                for (int start = 0; start < elements; start += dim) {
                    rotation.turn(worker, row + start / dim, turned, start);
                }
                worker.staging().store(out.dtype(), turned, 0, elements, rows.target(row));
            };
        });
    }

    void layer(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        standardize(new Rows(out, x, weight, bias), eps);
    }

    void modulated(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        modulated(out, x, shift, scale, rows -> standardize(rows, eps));
    }

    /** The modulated norm of mixtures, which are made block by block. */
    void mixture(Tensor out, Mixing.Mixture mixture, Tensor shift, Tensor scale, float eps) {
        int dim = mixture.dim();
        Values mixed = (worker, row, target, elements) -> {
            for (int start = 0; start < elements; start += dim) {
                mixture.of(worker, row + start / dim, target, start);
            }
        };
        modulated(out, out, shift, scale, rows -> blocks(rows, STAGED, count -> centring(rows, mixed, count, eps)));
    }

    /** Calls {@code norm} for each batch entry, {@code x} of whose rows tells shape and dtype of what it reads. */
    private void modulated(Tensor out, Tensor x, Tensor shift, Tensor scale, Consumer<Rows> norm) {
        long bytes = scale.numel() * Float.BYTES;
        long weights = context.memory().allocate(bytes);
        try {
            addOne(scale, weights);
            for (long b = 0; b < x.dim(0); b++) {
                long offset = b * x.dim(2) * Float.BYTES;
                norm.accept(new Rows(out, x, b * x.dim(1), x.dim(1), weights + offset, shift.address() + offset));
            }
        } finally {
            context.memory().free(weights, bytes);
        }
    }

    private void addOne(Tensor scale, long target) {
        Staging staging = context.caller().staging();
        for (long done = 0; done < scale.numel(); done += Staging.BLOCK) {
            int count = (int) Math.min(Staging.BLOCK, scale.numel() - done);
            float[] values = staging.block(0, count);
            staging.load(DType.F32, scale.address() + done * Float.BYTES, values, 0, count);
            for (int i = 0; i < count; i++) {
                values[i] += 1;
            }
            staging.store(DType.F32, values, 0, count, target + done * Float.BYTES);
        }
    }

    /** Normalises a number of rows fixed beforehand, the first of which is {@code row}. */
    private interface Block {
        void run(Worker worker, long row);
    }

    /** Values of rows, the first of which is {@code row}. May use all blocks of staging but the first. */
    private interface Values {
        void read(Worker worker, long row, float[] target, int elements);
    }

    /** Runs {@code rows} in blocks of at most {@code elements}; {@code of} makes one for a number of rows. */
    private void blocks(Rows rows, int elements, IntFunction<Block> of) {
        if (rows.count == 0 || rows.dim() == 0) {
            return;
        }
        int count = (int) Math.min(rows.count, Math.max(1, elements / rows.dim()));
        int last = (int) (rows.count % count);
        Block whole = of.apply(count);
        Block rest = last == 0 ? whole : of.apply(last);
        context.workers()
                .runRange(
                        rows.count,
                        count,
                        (worker, from, to) -> (to - from == count ? whole : rest).run(worker, rows.first + from));
    }

    private int blockElements(Rows rows) {
        boolean direct = context.elements(rows.x.dtype()) == rows.x.dtype()
                && context.elements(rows.out.dtype()) == rows.out.dtype();
        return direct ? DIRECT : STAGED;
    }

    private Primitive primitive(Rows rows, int count, DType from, DType to, int kind, float eps) {
        return new Normalization(count, rows.dim(), from, to, kind | rows.flags(), eps, dnnl_forward_inference)
                .from(context.primitives());
    }

    /** Where rows are to be read: where they are, or brought to scratch memory. */
    private long source(Worker worker, Rows rows, long row, int count) {
        DType dtype = context.elements(rows.x.dtype());
        if (dtype == rows.x.dtype()) {
            return rows.source(row);
        }
        long elements = (long) count * rows.dim();
        long scratch = worker.scratch(Worker.Scratch.INPUT, elements * dtype.bytes());
        worker.convert(rows.x.dtype(), rows.source(row), dtype, scratch, elements);
        return scratch;
    }

    /** Where results are to be written before {@link #finish}: where they belong, or to scratch memory. */
    private long target(Worker worker, Rows rows, long row, int count) {
        DType dtype = context.elements(rows.out.dtype());
        return dtype == rows.out.dtype()
                ? rows.target(row)
                : worker.scratch(Worker.Scratch.OUTPUT, (long) count * rows.dim() * dtype.bytes());
    }

    private void finish(Worker worker, Rows rows, long row, int count, long values) {
        if (values != rows.target(row)) {
            DType dtype = context.elements(rows.out.dtype());
            worker.convert(dtype, values, rows.out.dtype(), rows.target(row), (long) count * rows.dim());
        }
    }

    /** A norm that takes off the mean: of rows as they are, then once more, centred, where that lost too much. */
    private void standardize(Rows rows, float eps) {
        Values plain = (worker, row, values, elements) ->
                worker.staging().load(rows.x.dtype(), rows.source(row), values, 0, elements);
        DType from = context.elements(rows.x.dtype());
        DType to = context.elements(rows.out.dtype());
        blocks(rows, blockElements(rows), count -> {
            Primitive primitive = new Normalization(
                            count, rows.dim(), from, to, rows.flags(), eps, dnnl_forward_training)
                    .from(context.primitives());
            Block centring = centring(rows, plain, count, eps);
            return (worker, row) -> {
                long means = worker.scratch(Worker.Scratch.STATISTICS, 2L * count * Float.BYTES);
                long variances = means + (long) count * Float.BYTES;
                long target = target(worker, rows, row, count);
                rows.execute(worker, primitive, source(worker, rows, row, count), target, means, variances);
                if (areNearZero(worker, means, variances, count)) {
                    finish(worker, rows, row, count, target);
                } else {
                    centring.run(worker, row);
                }
            };
        });
    }

    private static boolean areNearZero(Worker worker, long means, long variances, int count) {
        float[] mean = worker.staging().block(0, count);
        float[] variance = worker.staging().block(1, count);
        worker.staging().load(DType.F32, means, mean, 0, count);
        worker.staging().load(DType.F32, variances, variance, 0, count);
        for (int i = 0; i < count; i++) {
            if (!(mean[i] * mean[i] <= NEAR_ZERO * variance[i])) {
                return false;
            }
        }
        return true;
    }

    private Block centring(Rows rows, Values source, int count, float eps) {
        int dim = rows.dim();
        int elements = count * dim;
        Primitive primitive = primitive(
                rows, count, DType.F32, context.elements(rows.out.dtype()), dnnl_normalization_flags_none, eps);
        return (worker, row) -> {
            float[] values = worker.staging().block(0, elements);
            source.read(worker, row, values, elements);
            for (int start = 0; start < elements; start += dim) {
                centre(values, start, dim);
            }
            long centred = worker.scratch(Worker.Scratch.INPUT, (long) elements * Float.BYTES);
            worker.staging().store(DType.F32, values, 0, elements, centred);
            long target = target(worker, rows, row, count);
            rows.execute(worker, primitive, centred, target);
            finish(worker, rows, row, count, target);
        };
    }

    /** Takes off a rough mean, which changes no result but leaves small numbers to be summed in F32, however far from zero the row is. */
    private static void centre(float[] values, int start, int dim) {
        float sum = 0;
        int count = Math.min(SAMPLES, dim);
        for (int i = start; i < start + count; i++) {
            sum += values[i];
        }
        float rough = sum / count;
        for (int i = start; i < start + dim; i++) {
            values[i] -= rough;
        }
    }

    /** {@code out = x + gate y}. */
    void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        GatedSum sum = new GatedSum(out, x, gate);
        long rowBytes = y.dim(2) * y.dtype().bytes();
        context.workers()
                .runRange(
                        x.dim(0) * x.dim(1),
                        Math.max(1, Elementwise.TASK / Math.max(1, x.dim(2))),
                        (worker, from, to) -> sum.rows(worker, y.dtype(), y.address() + from * rowBytes, from, to));
    }
}
