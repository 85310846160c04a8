package io.fsvideo.cpu;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;

/**
 * Convolution over {@code [batch, frames, height, width, channels]}. One task makes a block of rows of one output frame: it gathers the
 * source frames' rows into a slab that stays in cache (zeros where padded) and runs one convolution without padding in time or height.
 */
final class Convolution {
    private final Context context;
    private final Weights weights;
    private final LinearProduct linear;

    Convolution(Context context, Weights weights, LinearProduct linear) {
        this.context = context;
        this.weights = weights;
        this.linear = linear;
    }

    void run(Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        if (out.numel() == 0) {
            return;
        }
        Slab slab = Slab.of(x, out, weight.shape(), geometry);
        if (slab.pointwise() && slab.isWholeInput()) {
            linear.run(out, x, weight, bias, activation);
            return;
        }
        DType kernel = context.kernel(x.dtype(), weight.dtype());
        Weights.Ready ready = weights.ready(weight, kernel);
        try {
            frames(out, x, ready, bias, slab, activation);
        } finally {
            weights.release(ready);
        }
    }

    /** What makes blocks of one height: the primitive and the weight in the layout it takes. */
    private record Step(Primitive primitive, Weights.Ready weight) {
        void run(Worker worker, long source, long bias, long target) {
            if (bias == 0) {
                worker.execute(primitive, source, weight.address(), target);
            } else {
                worker.execute(primitive, source, weight.address(), bias, target);
            }
        }
    }

    private void frames(Tensor out, Tensor x, Weights.Ready packed, Tensor bias, Slab slab, Activation activation) {
        Step whole = step(slab, slab.rows(), packed, bias != null, activation);
        try {
            Step last = step(slab, slab.lastRows(), packed, bias != null, activation);
            try {
                run(out, x, slab, whole, last, bias == null ? 0 : bias.address());
            } finally {
                release(last, packed);
            }
        } finally {
            release(whole, packed);
        }
    }

    private void release(Step step, Weights.Ready packed) {
        if (step.weight != packed) {
            weights.release(step.weight);
        }
    }

    private Step step(Slab slab, long rows, Weights.Ready packed, boolean bias, Activation activation) {
        PackedWeight layout = packed.layout();
        if (slab.pointwise()) {
            Primitives.MatMul product = LinearProduct.matMul(rows * slab.outWidth(), layout, bias, activation);
            return new Step(context.primitives().matMul(product), packed);
        }
        Primitive direct = context.primitives().conv(key(slab, rows, Operand.packed(layout), bias, activation));
        if (direct != null) {
            return new Step(direct, packed);
        }
        Operand free = Operand.any(layout.dtype(), layout.dims().toArray());
        PackedWeight wanted = context.packed().forConvolution(key(slab, rows, free, bias, activation));
        Primitive primitive =
                context.primitives().convInAnyLayout(key(slab, rows, Operand.packed(wanted), bias, activation));
        return new Step(primitive, weights.relaid(packed, wanted));
    }

    private void run(Tensor out, Tensor x, Slab slab, Step whole, Step last, long bias) {
        DType kernel = whole.weight.layout().dtype();
        long xAddress = x.address();
        long outAddress = out.address();
        context.workers().run(slab.tasks(), (worker, task) -> {
            Slab.Block block = slab.block(task);
            long source = slab.gather(worker, block, xAddress, x.dtype(), kernel);
            boolean direct = out.dtype() == kernel;
            long end = outAddress + block.outOffset() * out.dtype().bytes();
            long count = slab.outElements(block.rows());
            long target = direct ? end : worker.scratch(Worker.Scratch.OUTPUT, count * kernel.bytes());
            (block.rows() == slab.rows() ? whole : last).run(worker, source, bias, target);
            if (!direct) {
                worker.staging().convert(kernel, target, out.dtype(), end, count);
            }
        });
    }

    private static Primitives.Conv key(Slab slab, long rows, Operand weight, boolean bias, Activation activation) {
        Operand src =
                Operand.channelsLast(weight.dtype(), slab.in(), slab.kernelFrames(), slab.inRows(rows), slab.inWidth());
        Operand dst = Operand.channelsLast(weight.dtype(), slab.out(), 1, rows, slab.outWidth());
        return new Primitives.Conv(
                src,
                weight,
                bias ? Operand.dense(DType.F32, slab.out()) : null,
                dst,
                slab.geometry().stride(),
                slab.geometry().left(),
                slab.geometry().right(),
                activation);
    }
}
