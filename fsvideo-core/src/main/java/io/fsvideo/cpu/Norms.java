package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_normalization_flags_none;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/** Normalisations over the last axis in F32, in blocks of rows that stay in the second-level cache. */
final class Norms {
    /** Large enough for a primitive's start, about 1 us, not to count. */
    private static final long BLOCK_ELEMENTS = 1 << 15;

    private static final int BLOCKS_PER_TASK = 2;
    private static final int SAMPLES = 16;
    /** Mean squared over variance, of a sample, up to which summing a row as it is loses no more than a bit or two. */
    private static final float NEAR_ZERO = 4;

    /**
     * One normalisation of a range of rows.
     *
     * @param weight address of {@code [dim]} F32 factors, or 0
     * @param bias address of {@code [dim]} F32 terms, or 0
     */
    private record Rows(Tensor out, Tensor x, long first, long count, long weight, long bias) {
        int dim() {
            return (int) x.dim(-1);
        }

        int flags() {
            return (weight == 0 ? 0 : dnnl_use_scale) | (bias == 0 ? 0 : dnnl_use_shift);
        }

        long source(long row) {
            return x.address() + (first + row) * dim() * x.dtype().bytes();
        }

        long target(long row) {
            return out.address() + (first + row) * dim() * out.dtype().bytes();
        }

        void execute(Worker worker, Primitive primitive, long from, long to) {
            if (weight != 0 && bias != 0) {
                worker.execute(primitive, from, to, weight, bias);
            } else if (weight != 0 || bias != 0) {
                worker.execute(primitive, from, to, weight + bias);
            } else {
                worker.execute(primitive, from, to);
            }
        }
    }

    private final Context context;

    Norms(Context context) {
        this.context = context;
    }

    private static long address(Tensor tensor) {
        return tensor == null ? 0 : tensor.address();
    }

    private static long rows(Tensor x) {
        return x.numel() / Math.max(1, x.dim(-1));
    }

    void rms(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        Rows rows = new Rows(out, x, 0, rows(x), address(weight), address(bias));
        run(
                rows,
                dnnl_rms_norm,
                eps,
                (worker, source, target, elements) -> worker.convert(x.dtype(), source, DType.F32, target, elements));
    }

    void layer(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        centred(new Rows(out, x, 0, rows(x), address(weight), address(bias)), eps);
    }

    void modulated(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        long bytes = scale.numel() * Float.BYTES;
        long weights = context.memory().allocate(bytes);
        try {
            addOne(scale, weights);
            for (long b = 0; b < x.dim(0); b++) {
                long offset = b * x.dim(2) * Float.BYTES;
                centred(new Rows(out, x, b * x.dim(1), x.dim(1), weights + offset, shift.address() + offset), eps);
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

    /** Brings rows into the scratch block that is normalised in place. */
    private interface Input {
        void read(Worker worker, long source, long target, int elements);
    }

    private void centred(Rows rows, float eps) {
        int dim = rows.dim();
        run(rows, dnnl_normalization_flags_none, eps, (worker, source, target, elements) -> {
            float[] values = worker.staging().block(0, elements);
            worker.staging().load(rows.x.dtype(), source, values, 0, elements);
            for (int start = 0; start < elements; start += dim) {
                centre(values, start, dim);
            }
            worker.staging().store(DType.F32, values, 0, elements, target);
        });
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

    /** Whether no row needs to be centred first, by its first values. */
    private static boolean isNearZero(Worker worker, Rows rows, long first, int count) {
        int samples = Math.min(SAMPLES, rows.dim());
        float[] values = worker.staging().block(0, samples);
        for (long row = first; row < first + count; row++) {
            worker.staging().load(DType.F32, rows.source(row), values, 0, samples);
            float sum = 0;
            float squares = 0;
            for (int i = 0; i < samples; i++) {
                sum += values[i];
                squares += values[i] * values[i];
            }
            float mean = sum / samples;
            float variance = squares / samples - mean * mean;
            if (!(mean * mean <= NEAR_ZERO * variance)) {
                return false;
            }
        }
        return true;
    }

    private void run(Rows rows, int kind, float eps, Input input) {
        int dim = rows.dim();
        if (rows.count == 0 || dim == 0) {
            return;
        }
        long block = Math.min(rows.count, Math.max(1, BLOCK_ELEMENTS / dim));
        int flags = kind | rows.flags();
        Primitive whole = context.primitives().normalization(new Primitives.Normalization(block, dim, flags, eps));
        long last = rows.count % block;
        Primitive rest = last == 0
                ? whole
                : context.primitives().normalization(new Primitives.Normalization(last, dim, flags, eps));
        boolean plain = rows.x.dtype() == DType.F32 && rows.out.dtype() == DType.F32;
        context.workers().runRange(rows.count, block * BLOCKS_PER_TASK, (worker, from, to) -> {
            for (long row = from; row < to; row += block) {
                int elements = (int) (Math.min(block, to - row) * dim);
                Primitive primitive = to - row >= block ? whole : rest;
                if (plain && (kind == dnnl_rms_norm || isNearZero(worker, rows, row, elements / dim))) {
                    rows.execute(worker, primitive, rows.source(row), rows.target(row));
                    continue;
                }
                long values = worker.scratch(Worker.Scratch.INPUT, block * dim * Float.BYTES);
                input.read(worker, rows.source(row), values, elements);
                boolean last32 = rows.out.dtype() == DType.F32;
                rows.execute(worker, primitive, values, last32 ? rows.target(row) : values);
                if (!last32) {
                    worker.convert(DType.F32, values, rows.out.dtype(), rows.target(row), elements);
                }
            }
        });
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
