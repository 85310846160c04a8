package io.fsvideo.cuda;

import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** The operations on rows of tokens: norms, rope, layer memory's mix and residual sums, each by the launcher of its name. */
abstract class CudaRowOps implements Ops {
    /** Held while an operation queues its kernels. */
    final Object lock;

    private final PixelNorm pixelNorm;
    private final RmsNorm rmsNorm;
    private final SumOfSquares sumOfSquares;
    private final RmsScale rmsScale;
    private final LayerNorm layerNorm;
    private final ModulatedNorm modulatedNorm;
    private final Rope rope;
    private final QkNormRope qkNormRope;
    private final LayerMix layerMix;
    private final LayerMixNorm layerMixNorm;
    private final GatedAdd gatedAdd;

    CudaRowOps(Device device) {
        lock = device;
        pixelNorm = new PixelNorm(device);
        rmsNorm = new RmsNorm(device);
        sumOfSquares = new SumOfSquares(device);
        rmsScale = new RmsScale(device);
        layerNorm = new LayerNorm(device);
        modulatedNorm = new ModulatedNorm(device);
        rope = new Rope(device);
        qkNormRope = new QkNormRope(device);
        layerMix = new LayerMix(device);
        layerMixNorm = new LayerMixNorm(device);
        gatedAdd = new GatedAdd(device);
    }

    static boolean hasWork(Tensor out) {
        return out.numel() != 0;
    }

    @Override
    public void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                pixelNorm.run(out, x, weight, bias, eps);
            }
        }
    }

    @Override
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                rmsNorm.run(out, x, weight, eps);
            }
        }
    }

    @Override
    public void sumOfSquares(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                sumOfSquares.run(out, x);
            }
        }
    }

    @Override
    public void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                rmsScale.run(out, x, squares, weight, width, eps);
            }
        }
    }

    @Override
    public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                layerNorm.run(out, x, weight, bias, eps);
            }
        }
    }

    @Override
    public void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                modulatedNorm.run(out, x, shift, scale, eps);
            }
        }
    }

    @Override
    public void rope(Tensor out, Tensor x, Tensor table) {
        synchronized (lock) {
            if (hasWork(out)) {
                rope.run(out, x, table);
            }
        }
    }

    @Override
    public void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                qkNormRope.run(out, x, weight, table, eps);
            }
        }
    }

    @Override
    public void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        synchronized (lock) {
            if (hasWork(out)) {
                layerMix.run(out, logits, states);
            }
        }
    }

    @Override
    public void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                layerMixNorm.run(out, logits, states, shift, scale, eps);
            }
        }
    }

    @Override
    public void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        synchronized (lock) {
            if (hasWork(out)) {
                gatedAdd.run(out, x, gate, y);
            }
        }
    }
}
