package io.fsvideo.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_normalization_flags_none;
import static org.bytedeco.dnnl.global.dnnl.dnnl_rms_norm;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.function.Consumer;

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

        /** Widens rows that are not F32. */
        Input input() {
            return x.dtype() == DType.F32
                    ? null
                    : (worker, row, target, elements) -> {
                        worker.convert(x.dtype(), source(row), DType.F32, target, elements);
                        return target;
                    };
        }

        /** Narrows results that are not F32. */
        Result result() {
            return out.dtype() == DType.F32
                    ? null
                    : (worker, values, row, elements) ->
                            worker.convert(DType.F32, values, out.dtype(), target(row), elements);
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

    void rms(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        Rows rows = new Rows(out, x, weight, bias);
        run(rows, dnnl_rms_norm, eps, rows.input(), rows.result());
    }

    /** RMS norm of tokens over all their heads, which are turned before they are stored. */
    void qkRope(Tensor out, Tensor x, Tensor weight, Rotation rotation, float eps) {
        int dim = rotation.width();
        Rows rows = new Rows(out.reshape(x.dim(0), x.dim(1), dim), x.reshape(x.dim(0), x.dim(1), dim), weight, null);
        run(rows, dnnl_rms_norm, eps, rows.input(), (worker, values, row, elements) -> {
            float[] turned = worker.staging().block(0, elements);
            worker.staging().load(DType.F32, values, turned, 0, elements);
            for (int start = 0; start < elements; start += dim) {
                rotation.turn(worker, row + start / dim, turned, start);
            }
            worker.staging().store(out.dtype(), turned, 0, elements, rows.target(row));
        });
    }

    void layer(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        centred(new Rows(out, x, weight, bias), eps);
    }

    void modulated(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        modulated(out, x, shift, scale, rows -> centred(rows, eps));
    }

    /** The modulated norm of mixtures, which are made block by block. */
    void mixture(Tensor out, Mixture mixture, Tensor shift, Tensor scale, float eps) {
        int dim = mixture.dim();
        Values mixed = (worker, row, target, elements) -> {
            for (int start = 0; start < elements; start += dim) {
                mixture.of(worker, row + start / dim, target, start);
            }
        };
        modulated(
                out,
                out,
                shift,
                scale,
                rows -> run(rows, dnnl_normalization_flags_none, eps, centring(rows, mixed), rows.result()));
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

    /** Says where rows, the first of which is {@code row}, are to be read: where they are, or at {@code target}, brought there. */
    private interface Input {
        long read(Worker worker, long row, long target, int elements);
    }

    /** Stores normalised rows, the first of which is {@code row}, from the scratch block at {@code values}. */
    private interface Result {
        void write(Worker worker, long values, long row, int elements);
    }

    /** Values of rows, the first of which is {@code row}. May use all blocks of staging but the first. */
    private interface Values {
        void read(Worker worker, long row, float[] target, int elements);
    }

    private static Values plain(Rows rows) {
        return (worker, row, target, elements) ->
                worker.staging().load(rows.x.dtype(), rows.source(row), target, 0, elements);
    }

    /** A norm that takes off the mean, of {@code rows} as they are. */
    private void centred(Rows rows, float eps) {
        Input input = centring(rows, plain(rows));
        Input unlessNearZero = (worker, row, target, elements) -> isNearZero(worker, rows, row, elements / rows.dim())
                ? rows.source(row)
                : input.read(worker, row, target, elements);
        boolean direct = rows.x.dtype() == DType.F32;
        run(rows, dnnl_normalization_flags_none, eps, direct ? unlessNearZero : input, rows.result());
    }

    private static Input centring(Rows rows, Values source) {
        int dim = rows.dim();
        return (worker, row, target, elements) -> {
            float[] values = worker.staging().block(0, elements);
            source.read(worker, row, values, elements);
            for (int start = 0; start < elements; start += dim) {
                centre(values, start, dim);
            }
            worker.staging().store(DType.F32, values, 0, elements, target);
            return target;
        };
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

    /**
     * @param input null where the rows are read as they are
     * @param result null where they are stored as they are
     */
    private void run(Rows rows, int kind, float eps, Input input, Result result) {
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
        context.workers().runRange(rows.count, block * BLOCKS_PER_TASK, (worker, from, to) -> {
            for (long done = from; done < to; done += block) {
                long row = rows.first + done;
                int elements = (int) (Math.min(block, to - done) * dim);
                Primitive primitive = to - done >= block ? whole : rest;
                long values = input == null && result == null
                        ? 0
                        : worker.scratch(Worker.Scratch.INPUT, block * dim * Float.BYTES);
                long source = input == null ? rows.source(row) : input.read(worker, row, values, elements);
                rows.execute(worker, primitive, source, result == null ? rows.target(row) : values);
                if (result != null) {
                    result.write(worker, values, row, elements);
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
