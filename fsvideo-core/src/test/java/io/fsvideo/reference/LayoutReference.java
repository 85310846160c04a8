package io.fsvideo.reference;

import io.fsvideo.tensor.Resampling;
import java.util.List;

/** Definitions of data movement and resampling, without rounding; parameters as in {@code Arena}. */
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
    public static double[] concat(int axis, List<Values> parts) {
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

    /** Entries {@code from .. to - 1} along {@code axis}. */
    public static double[] slice(Values x, int axis, int from, int to) {
        int inner = x.count(axis + 1, x.rank());
        int run = (to - from) * inner;
        double[] out = new double[x.count(0, axis) * run];
        for (int outer = 0; outer < x.count(0, axis); outer++) {
            System.arraycopy(x.data(), (outer * x.dim(axis) + from) * inner, out, outer * run, run);
        }
        return out;
    }

    /** {@code [b, t, h, w, c frames side^2] -> [b, t frames, h side, w side, c]}, input channel ((c frames + it) side + ih) side + iw. */
    public static double[] pixelShuffle3d(Values x, int frames, int side) {
        double[] out = new double[x.data().length];
        int[] indices = shuffle(x.dims(), frames, side);
        for (int i = 0; i < out.length; i++) {
            out[i] = x.data()[indices[i]];
        }
        return out;
    }

    /** Inverse of {@link #pixelShuffle3d}. */
    public static double[] pixelUnshuffle3d(Values x, int frames, int side) {
        double[] out = new double[x.data().length];
        long[] d = x.dims();
        long[] folded = {d[0], d[1] / frames, d[2] / side, d[3] / side, d[4] * frames * side * side};
        int[] indices = shuffle(folded, frames, side);
        for (int i = 0; i < out.length; i++) {
            out[indices[i]] = x.data()[i];
        }
        return out;
    }

    /** For every element of the unfolded tensor in order, its index in the folded one of shape {@code d}. */
    private static int[] shuffle(long[] d, int frames, int side) {
        int[] indices = new int[(int) (d[0] * d[1] * d[2] * d[3] * d[4])];
        long channels = d[4] / ((long) frames * side * side);
        int at = 0;
        for (long b = 0; b < d[0]; b++) {
            for (long t = 0; t < d[1] * frames; t++) {
                for (long h = 0; h < d[2] * side; h++) {
                    for (long w = 0; w < d[3] * side; w++) {
                        for (long c = 0; c < channels; c++) {
                            long pixel = ((b * d[1] + t / frames) * d[2] + h / side) * d[3] + w / side;
                            long channel = ((c * frames + t % frames) * side + h % side) * side + w % side;
                            indices[at++] = (int) (pixel * d[4] + channel);
                        }
                    }
                }
            }
        }
        return indices;
    }

    /** Mean over groups of consecutive channels. */
    public static double[] channelAverage(Values x, int channels) {
        int group = x.dim(-1) / channels;
        double[] out = new double[x.rows() * channels];
        for (int i = 0; i < out.length; i++) {
            for (int k = 0; k < group; k++) {
                out[i] += x.data()[i * group + k] / group;
            }
        }
        return out;
    }

    /** Every channel repeated. */
    public static double[] channelDuplicate(Values x, int channels) {
        int copies = channels / x.dim(-1);
        double[] out = new double[x.rows() * channels];
        for (int i = 0; i < out.length; i++) {
            out[i] = x.data()[i / copies];
        }
        return out;
    }

    /** Height and width of {@code [batch, frames, height, width, channels]} resampled. */
    public static double[] resize(Values x, int height, int width, Resampling resampling) {
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
