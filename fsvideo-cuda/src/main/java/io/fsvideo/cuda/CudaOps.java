package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** The table of operations: each queues the kernels of the launcher it names; nothing is queued for an empty result. */
final class CudaOps extends CudaRowOps {
    private final Weights weights;
    private final LinearProduct linear;
    private final Convolution convolution;
    private final Attention attention;
    private final LinearAttention linearAttention;
    private final Add add;
    private final Mul mul;
    private final WeightedSum weightedSum;
    private final Activations activations;
    private final GluSilu gluSilu;
    private final Softmax softmax;
    private final Permute permute;
    private final Concat concat;
    private final Slice slice;
    private final PixelShuffle3d pixelShuffle3d;
    private final PixelUnshuffle3d pixelUnshuffle3d;
    private final ChannelAverage channelAverage;
    private final ChannelDuplicate channelDuplicate;
    private final Resize resize;
    private final Embedding embedding;
    private final Cast cast;
    private final Fill fill;
    private final Noise noise;

    CudaOps(Device device) {
        super(device);
        DeviceCopies copies = new DeviceCopies(device);
        weights = new Weights(device, copies);
        linear = new LinearProduct(device, copies, weights);
        convolution = new Convolution(device, copies, weights, linear);
        attention = new Attention(device);
        linearAttention = new LinearAttention(device, copies);
        add = new Add(device);
        mul = new Mul(device);
        weightedSum = new WeightedSum(device);
        activations = new Activations(device);
        gluSilu = new GluSilu(device);
        softmax = new Softmax(device);
        permute = new Permute(device);
        concat = new Concat(device);
        slice = new Slice(device);
        pixelShuffle3d = new PixelShuffle3d(device);
        pixelUnshuffle3d = new PixelUnshuffle3d(device);
        channelAverage = new ChannelAverage(device);
        channelDuplicate = new ChannelDuplicate(device);
        resize = new Resize(device);
        embedding = new Embedding(device);
        cast = new Cast(device);
        fill = new Fill(device);
        noise = new Noise(device);
    }

    @Override
    public void pack(Tensor out, Tensor weight) {
        synchronized (lock) {
            if (hasWork(out)) {
                weights.pack(out, weight);
            }
        }
    }

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                linear.run(out, x, weight, bias, activation);
            }
        }
    }

    @Override
    public void linearGatedAdd(Tensor out, Tensor x, Tensor weight, Tensor bias, Tensor residual, Tensor gate) {
        synchronized (lock) {
            if (hasWork(out)) {
                linear.addTo(out, x, weight, bias, new Residual(residual, gate));
            }
        }
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        synchronized (lock) {
            if (hasWork(out)) {
                attention.run(out, q, k, v, bias, keyLengths, scale);
            }
        }
    }

    @Override
    public void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                linearAttention.run(out, q, k, v, eps);
            }
        }
    }

    @Override
    public void conv3d(
            Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                convolution.run(out, x, weight, bias, geometry, activation);
            }
        }
    }

    @Override
    public void add(Tensor out, Tensor a, Tensor b) {
        synchronized (lock) {
            if (hasWork(out)) {
                add.run(out, a, b);
            }
        }
    }

    @Override
    public void mul(Tensor out, Tensor a, Tensor b) {
        synchronized (lock) {
            if (hasWork(out)) {
                mul.run(out, a, b);
            }
        }
    }

    @Override
    public void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        synchronized (lock) {
            if (hasWork(out)) {
                weightedSum.run(out, weights, terms);
            }
        }
    }

    @Override
    public void activation(Tensor out, Tensor x, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                activations.run(out, x, activation);
            }
        }
    }

    @Override
    public void gluSilu(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                gluSilu.run(out, x);
            }
        }
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                softmax.run(out, x);
            }
        }
    }

    @Override
    public void permute(Tensor out, Tensor x, int[] axes) {
        synchronized (lock) {
            if (hasWork(out)) {
                permute.run(out, x, axes);
            }
        }
    }

    @Override
    public void concat(Tensor out, List<Tensor> parts, int axis) {
        synchronized (lock) {
            if (hasWork(out)) {
                concat.run(out, parts, axis);
            }
        }
    }

    @Override
    public void slice(Tensor out, Tensor x, int axis, long from) {
        synchronized (lock) {
            if (hasWork(out)) {
                slice.run(out, x, axis, from);
            }
        }
    }

    @Override
    public void pixelShuffle3d(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                pixelShuffle3d.run(out, x);
            }
        }
    }

    @Override
    public void pixelUnshuffle3d(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                pixelUnshuffle3d.run(out, x);
            }
        }
    }

    @Override
    public void channelAverage(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                channelAverage.run(out, x);
            }
        }
    }

    @Override
    public void channelDuplicate(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                channelDuplicate.run(out, x);
            }
        }
    }

    @Override
    public void resize(Tensor out, Tensor x, Resampling resampling) {
        synchronized (lock) {
            if (hasWork(out)) {
                resize.run(out, x, resampling);
            }
        }
    }

    @Override
    public void embedding(Tensor out, Tensor ids, Tensor table) {
        synchronized (lock) {
            if (hasWork(out)) {
                embedding.run(out, ids, table);
            }
        }
    }

    @Override
    public void cast(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                cast.run(out, x);
            }
        }
    }

    @Override
    public void fill(Tensor out, float value) {
        synchronized (lock) {
            if (hasWork(out)) {
                fill.run(out, value);
            }
        }
    }

    @Override
    public void noise(Tensor out, long seed, int stream) {
        synchronized (lock) {
            if (hasWork(out)) {
                noise.run(out, seed, stream);
            }
        }
    }
}
