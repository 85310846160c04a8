package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** The table of operations: each queues its kernels, alone on the device; nothing is queued for an empty result. */
final class CudaOps implements Ops {
    private final Device device;
    private final RowKernels rows;
    private final ElementKernels elements;
    private final LayoutKernels layouts;
    private final Weights weights;
    private final LinearProduct linear;
    private final Convolution convolution;
    private final Attention attention;
    private final LinearAttention linearAttention;
    private final Permute permute;

    CudaOps(Device device) {
        this.device = device;
        rows = device.rows();
        elements = device.elements();
        layouts = device.layouts();
        weights = new Weights(device);
        linear = new LinearProduct(device, weights);
        convolution = new Convolution(device, weights, linear);
        attention = new Attention(device);
        linearAttention = new LinearAttention(device);
        permute = new Permute(device);
    }

    /**
     * Stands beside the lock in every operation, and not in a method that takes the operation: a closure would be
     * garbage at each launch.
     */
    private static boolean hasWork(Tensor out) {
        return out.numel() != 0;
    }

    @Override
    public void pack(Tensor out, Tensor weight) {
        synchronized (device) {
            if (hasWork(out)) {
                weights.pack(out, weight);
            }
        }
    }

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        synchronized (device) {
            if (hasWork(out)) {
                linear.run(out, x, weight, bias, activation);
            }
        }
    }

    @Override
    public void linearGatedAdd(Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
        synchronized (device) {
            if (hasWork(out)) {
                linear.addTo(out, x, weight, bias, new Product.Residual(residual, gate));
            }
        }
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        synchronized (device) {
            if (hasWork(out)) {
                attention.run(out, q, k, v, bias, keyLengths, scale);
            }
        }
    }

    @Override
    public void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                linearAttention.run(out, q, k, v, eps);
            }
        }
    }

    @Override
    public void conv3d(
            Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        synchronized (device) {
            if (hasWork(out)) {
                convolution.run(out, x, weight, bias, geometry, activation);
            }
        }
    }

    @Override
    public void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.pixelNorm(out, x, weight, bias, eps);
            }
        }
    }

    @Override
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.rmsNorm(out, x, weight, eps);
            }
        }
    }

    @Override
    public void sumOfSquares(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.sumOfSquares(out, x);
            }
        }
    }

    @Override
    public void rmsScale(Tensor out, Tensor x, Tensor squares, Tensor weight, long width, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.rmsScale(out, x, squares, weight, width, eps);
            }
        }
    }

    @Override
    public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.layerNorm(out, x, weight, bias, eps);
            }
        }
    }

    @Override
    public void modulatedNorm(Tensor out, Tensor x, Tensor shift, Tensor scale, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.modulatedNorm(out, x, shift, scale, eps);
            }
        }
    }

    @Override
    public void rope(Tensor out, Tensor x, Tensor table) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.rope(out, x, table);
            }
        }
    }

    @Override
    public void qkNormRope(Tensor out, Tensor x, Tensor weight, Tensor table, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.qkNormRope(out, x, weight, table, eps);
            }
        }
    }

    @Override
    public void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.layerMix(out, logits, states);
            }
        }
    }

    @Override
    public void layerMixNorm(Tensor out, Tensor logits, List<Tensor> states, Tensor shift, Tensor scale, float eps) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.layerMixNorm(out, logits, states, shift, scale, eps);
            }
        }
    }

    @Override
    public void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.gatedAdd(out, x, gate, y);
            }
        }
    }

    @Override
    public void add(Tensor out, Tensor a, Tensor b) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.add(out, a, b);
            }
        }
    }

    @Override
    public void mul(Tensor out, Tensor a, Tensor b) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.mul(out, a, b);
            }
        }
    }

    @Override
    public void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.weightedSum(out, weights, terms);
            }
        }
    }

    @Override
    public void activation(Tensor out, Tensor x, Activation activation) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.activation(out, x, activation);
            }
        }
    }

    @Override
    public void gluSilu(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.gluSilu(out, x);
            }
        }
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                rows.softmax(out, x);
            }
        }
    }

    @Override
    public void permute(Tensor out, Tensor x, int[] axes) {
        synchronized (device) {
            if (hasWork(out)) {
                permute.run(out, x, axes);
            }
        }
    }

    @Override
    public void concat(Tensor out, List<Tensor> parts, int axis) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.concat(out, parts, axis);
            }
        }
    }

    @Override
    public void slice(Tensor out, Tensor x, int axis, long from) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.slice(out, x, axis, from);
            }
        }
    }

    @Override
    public void pixelShuffle3d(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.pixelShuffle3d(out, x);
            }
        }
    }

    @Override
    public void pixelUnshuffle3d(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.pixelUnshuffle3d(out, x);
            }
        }
    }

    @Override
    public void channelAverage(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.channelAverage(out, x);
            }
        }
    }

    @Override
    public void channelDuplicate(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.channelDuplicate(out, x);
            }
        }
    }

    @Override
    public void resize(Tensor out, Tensor x, Resampling resampling) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.resize(out, x, resampling);
            }
        }
    }

    @Override
    public void embedding(Tensor out, Tensor ids, Tensor table) {
        synchronized (device) {
            if (hasWork(out)) {
                layouts.embedding(out, ids, table);
            }
        }
    }

    @Override
    public void cast(Tensor out, Tensor x) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.cast(out, x);
            }
        }
    }

    @Override
    public void fill(Tensor out, float value) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.fill(out, value);
            }
        }
    }

    @Override
    public void noise(Tensor out, long seed, int stream) {
        synchronized (device) {
            if (hasWork(out)) {
                elements.noise(out, seed, stream);
            }
        }
    }
}
