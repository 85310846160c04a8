package io.fsvideo.cuda;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.List;

/** The table of operations: each queues the kernels of the launcher it names; nothing is queued for an empty result. */
final class CudaOps implements Ops {
    private final Object lock;
    private final LayerNorm layerNorm;
    private final Add add;

    CudaOps(Device device) {
        lock = device;
        layerNorm = new LayerNorm(device);
        add = new Add(device);
    }

    long packedBytes(Layout layout, DType dtype, Shape shape) {
        return shape.numel() * dtype.bytes();
    }

    private static boolean hasWork(Tensor out) {
        return out.numel() != 0;
    }

    private static void missing(String op) {
        throw new BackendException("cuda: " + op + " has no launcher");
    }

    @Override
    public void pack(Tensor out, Tensor weight) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("pack");
            }
        }
    }

    @Override
    public void linear(Tensor out, Tensor x, Tensor weight, Tensor bias, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("linear");
            }
        }
    }

    @Override
    public void attention(Tensor out, Tensor q, Tensor k, Tensor v, Tensor bias, int[] keyLengths, float scale) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("attention");
            }
        }
    }

    @Override
    public void linearAttention(Tensor out, Tensor q, Tensor k, Tensor v, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("linearAttention");
            }
        }
    }

    @Override
    public void conv3d(
            Tensor out, Tensor x, Tensor weight, Tensor bias, Conv3dGeometry geometry, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("conv3d");
            }
        }
    }

    @Override
    public void pixelNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("pixelNorm");
            }
        }
    }

    @Override
    public void rmsNorm(Tensor out, Tensor x, Tensor weight, float eps) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("rmsNorm");
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
                missing("modulatedNorm");
            }
        }
    }

    @Override
    public void rope(Tensor out, Tensor x, Tensor table) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("rope");
            }
        }
    }

    @Override
    public void layerMix(Tensor out, Tensor logits, List<Tensor> states) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("layerMix");
            }
        }
    }

    @Override
    public void gatedAdd(Tensor out, Tensor x, Tensor gate, Tensor y) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("gatedAdd");
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
                missing("mul");
            }
        }
    }

    @Override
    public void weightedSum(Tensor out, float[] weights, List<Tensor> terms) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("weightedSum");
            }
        }
    }

    @Override
    public void activation(Tensor out, Tensor x, Activation activation) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("activation");
            }
        }
    }

    @Override
    public void gluSilu(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("gluSilu");
            }
        }
    }

    @Override
    public void softmax(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("softmax");
            }
        }
    }

    @Override
    public void permute(Tensor out, Tensor x, int[] axes) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("permute");
            }
        }
    }

    @Override
    public void concat(Tensor out, List<Tensor> parts, int axis) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("concat");
            }
        }
    }

    @Override
    public void slice(Tensor out, Tensor x, int axis, long from) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("slice");
            }
        }
    }

    @Override
    public void pixelShuffle3d(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("pixelShuffle3d");
            }
        }
    }

    @Override
    public void pixelUnshuffle3d(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("pixelUnshuffle3d");
            }
        }
    }

    @Override
    public void channelAverage(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("channelAverage");
            }
        }
    }

    @Override
    public void channelDuplicate(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("channelDuplicate");
            }
        }
    }

    @Override
    public void resize(Tensor out, Tensor x, Resampling resampling) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("resize");
            }
        }
    }

    @Override
    public void embedding(Tensor out, Tensor ids, Tensor table) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("embedding");
            }
        }
    }

    @Override
    public void cast(Tensor out, Tensor x) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("cast");
            }
        }
    }

    @Override
    public void fill(Tensor out, float value) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("fill");
            }
        }
    }

    @Override
    public void noise(Tensor out, long seed, int stream) {
        synchronized (lock) {
            if (hasWork(out)) {
                missing("noise");
            }
        }
    }
}
