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
            frames(out, x, ready, bias, slab, activation, kernel);
        } finally {
            weights.release(ready);
        }
    }

    private void frames(
            Tensor out, Tensor x, Weights.Ready packed, Tensor bias, Slab slab, Activation activation, DType kernel) {
        Primitive whole = primitive(slab, slab.rows(), packed.layout(), bias != null, activation);
        if (whole == null) {
            Weights.Ready relaid = weights.relaid(
                    packed,
                    context.packed()
                            .forConvolution(key(
                                    slab,
                                    slab.rows(),
                                    Operand.any(kernel, packed.layout().dims().toArray()),
                                    bias != null,
                                    activation)));
            try {
                frames(out, x, relaid, bias, slab, activation, kernel);
            } finally {
                weights.release(relaid);
            }
            return;
        }
        long lastRows = slab.lastRows();
        Primitive last =
                lastRows == slab.rows() ? whole : primitive(slab, lastRows, packed.layout(), bias != null, activation);
        if (last == null) {
            throw new IllegalStateException(
                    "conv3d: layout " + packed.layout().dims() + " must fit blocks of " + lastRows + " rows too");
        }
        long biasAddress = bias == null ? 0 : bias.address();
        long xAddress = x.address();
        long outAddress = out.address();
        context.workers().run(slab.tasks(), (worker, task) -> {
            Slab.Block block = slab.block(task);
            long source = slab.gather(worker, block, xAddress, x.dtype(), kernel);
            boolean direct = out.dtype() == kernel;
            long end = outAddress + block.outOffset() * out.dtype().bytes();
            long count = slab.outElements(block.rows());
            long target = direct ? end : worker.scratch(Worker.Scratch.OUTPUT, count * kernel.bytes());
            Primitive primitive = block.rows() == slab.rows() ? whole : last;
            if (biasAddress == 0) {
                worker.execute(primitive, source, packed.address(), target);
            } else {
                worker.execute(primitive, source, packed.address(), biasAddress, target);
            }
            if (!direct) {
                worker.staging().convert(kernel, target, out.dtype(), end, count);
            }
        });
    }

    private Primitive primitive(Slab slab, long rows, PackedWeight weight, boolean bias, Activation activation) {
        if (slab.pointwise()) {
            return context.primitives().matMul(LinearProduct.matMul(rows * slab.outWidth(), weight, bias, activation));
        }
        return context.primitives().conv(key(slab, rows, Operand.packed(weight), bias, activation));
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
