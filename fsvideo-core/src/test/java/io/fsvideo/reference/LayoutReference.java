package io.fsvideo.reference;

import io.fsvideo.tensor.Resampling;
import io.fsvideo.tensor.Shape;
import java.util.List;

/** Definitions of data movement and resampling, without rounding; parameters as in {@code Ops}, of the result only its shape. */
public final class LayoutReference {
    private static final double CUBIC = -0.75;

    private LayoutReference() {}

    /** Result axis i is x's axis {@code axes[i]}. */
    public static double[] permute(Values x, int... axes) {
        double[] out = new double[x.data().length];
        for (int i = 0; i < out.length; i++) {
            int rest = i;
            int source = 0;
            for (int axis = axes.length - 1; axis >= 0; axis--) {
                int size = x.dim(axes[axis]);
                source += rest % size * x.count(axes[axis] + 1, x.rank());
                rest /= size;
            }
            out[i] = x.data()[source];
        }
        return out;
    }

    /** Joins along {@code axis}. */
    public static double[] concat(List<Values> parts, int axis) {
        double[] out =
                new double[parts.stream().mapToInt(part -> part.data().length).sum()];
        int at = 0;
        for (int outer = 0; outer < parts.get(0).count(0, axis); outer++) {
            for (Values part : parts) {
                int run = part.count(axis, part.rank());
                System.arraycopy(part.data(), outer * run, out, at, run);
                at += run;
            }
        }
        return out;
    }

    /** Takes as many entries along {@code axis} as {@code shape} has, from {@code from} on. */
    public static double[] slice(Shape shape, Values x, int axis, long from) {
        int inner = x.count(axis + 1, x.rank());
        int run = (int) shape.dim(axis) * inner;
        double[] out = new double[x.count(0, axis) * run];
        for (int outer = 0; outer < x.count(0, axis); outer++) {
            System.arraycopy(x.data(), (outer * x.dim(axis) + (int) from) * inner, out, outer * run, run);
        }
        return out;
    }

    /** {@code [b, t, h, w, c frames side^2] -> [b, t frames, h side, w side, c]}, input channel ((c frames + it) side + ih) side + iw. */
    public static double[] pixelShuffle3d(Shape shape, Values x) {
        double[] out = new double[x.data().length];
        int[] indices = shuffle(x.dims(), shape.toArray());
        for (int i = 0; i < out.length; i++) {
            out[i] = x.data()[indices[i]];
        }
        return out;
    }

    /** Inverse of {@link #pixelShuffle3d}. */
    public static double[] pixelUnshuffle3d(Shape shape, Values x) {
        double[] out = new double[x.data().length];
        int[] indices = shuffle(shape.toArray(), x.dims());
        for (int i = 0; i < out.length; i++) {
            out[indices[i]] = x.data()[i];
        }
        return out;
    }

    /** The index in the {@code packed} tensor for every element of the {@code spread} one, in order. */
    private static int[] shuffle(long[] packed, long[] spread) {
        int[] indices = new int[(int) (spread[0] * spread[1] * spread[2] * spread[3] * spread[4])];
        if (indices.length == 0) {
            return indices;
        }
        long frames = spread[1] / packed[1];
        long side = spread[2] / packed[2];
        int at = 0;
        for (long b = 0; b < spread[0]; b++) {
            for (long t = 0; t < spread[1]; t++) {
                for (long h = 0; h < spread[2]; h++) {
                    for (long w = 0; w < spread[3]; w++) {
                        for (long c = 0; c < spread[4]; c++) {
                            long pixel = ((b * packed[1] + t / frames) * packed[2] + h / side) * packed[3] + w / side;
                            long channel = ((c * frames + t % frames) * side + h % side) * side + w % side;
                            indices[at++] = (int) (pixel * packed[4] + channel);
                        }
                    }
                }
            }
        }
        return indices;
    }

    /** Mean over groups of consecutive channels. */
    public static double[] channelAverage(Shape shape, Values x) {
        int group = (int) (x.dim(-1) / shape.dim(-1));
        double[] out = new double[(int) shape.numel()];
        for (int i = 0; i < out.length; i++) {
            for (int k = 0; k < group; k++) {
                out[i] += x.data()[i * group + k] / group;
            }
        }
        return out;
    }

    /** Every channel repeated. */
    public static double[] channelDuplicate(Shape shape, Values x) {
        int copies = (int) (shape.dim(-1) / x.dim(-1));
        double[] out = new double[(int) shape.numel()];
        for (int i = 0; i < out.length; i++) {
            out[i] = x.data()[i / copies];
        }
        return out;
    }

    /** Height and width of {@code [batch, frames, height, width, channels]} resampled. */
    public static double[] resize(Shape shape, Values x, Resampling resampling) {
        int height = (int) shape.dim(2);
        int width = (int) shape.dim(3);
        double[][] rows = filter(x.dim(2), height, resampling);
        double[][] columns = filter(x.dim(3), width, resampling);
        int images = x.dim(0) * x.dim(1);
        int channels = x.dim(4);
        double[] out = new double[images * height * width * channels];
        for (int i = 0; i < out.length; i++) {
            int c = i % channels;
            int w = i / channels % width;
            int h = i / channels / width % height;
            int image = i / channels / width / height;
            for (int ih = 0; ih < x.dim(2); ih++) {
                for (int iw = 0; rows[h][ih] != 0 && iw < x.dim(3); iw++) {
                    int source = ((image * x.dim(2) + ih) * x.dim(3) + iw) * channels + c;
                    out[i] += columns[w][iw] == 0 ? 0 : rows[h][ih] * columns[w][iw] * x.data()[source];
                }
            }
        }
        return out;
    }

    /** Weight of every input position for every output position: {@code [out][in]}. */
    private static double[][] filter(int in, int out, Resampling resampling) {
        double[][] weights = new double[out][in];
        for (int i = 0; i < out; i++) {
            switch (resampling) {
                case NEAREST -> weights[i][(int) ((2L * i + 1) * in / (2L * out))] = 1;
                case BICUBIC -> {
                    double centre = (i + 0.5) * in / out - 0.5;
                    int left = (int) Math.floor(centre);
                    for (int tap = left - 1; tap <= left + 2; tap++) {
                        weights[i][Math.max(0, Math.min(in - 1, tap))] += cubic(Math.abs(centre - tap));
                    }
                }
            }
        }
        return weights;
    }

    /** Keys' cubic convolution kernel at {@code distance >= 0}. */
    private static double cubic(double distance) {
        if (distance <= 1) {
            return ((CUBIC + 2) * distance - (CUBIC + 3)) * distance * distance + 1;
        }
        return distance < 2 ? CUBIC * (((distance - 5) * distance + 8) * distance - 4) : 0;
    }
}
