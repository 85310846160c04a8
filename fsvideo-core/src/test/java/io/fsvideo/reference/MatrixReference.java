package io.fsvideo.reference;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.FrameTaps;
import java.util.Arrays;

/** Definitions of linear, convolution and the two attentions, without rounding; parameters as in {@code Ops}. */
public final class MatrixReference {
    private MatrixReference() {}

    /** {@code residual + gate linear(x)}, the residual {@code [batch, tokens, out]}, gate {@code [batch, out]} or null for 1. */
    public static double[] linearGatedAdd(Values x, Values weight, Values bias, Values residual, Values gate) {
        return NormReference.gatedAdd(residual, gate, new Values(linear(x, weight, bias), residual.dims()));
    }

    /** {@code activation(x weight^T + bias)}: {@code [..., in], [out, in] -> [..., out]}. */
    public static double[] linear(Values x, Values weight, Values bias, Activation activation) {
        return ElementReference.activation(linear(x, weight, bias), activation);
    }

    /** {@code x weight^T + bias}: {@code [..., in], [out, in] -> [..., out]}. */
    public static double[] linear(Values x, Values weight, Values bias) {
        int in = weight.dim(1);
        int out = weight.dim(0);
        double[] transposed = transpose(weight.data(), out, in);
        double[] result = new double[x.rows() * out];
        for (int row = 0; row < x.rows(); row++) {
            startWithBias(result, row * out, out, bias);
            for (int i = 0; i < in; i++) {
                addScaled(result, row * out, x.data()[row * in + i], transposed, i * out, out);
            }
        }
        return result;
    }

    private static double[] transpose(double[] matrix, int rows, int columns) {
        double[] result = new double[matrix.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                result[c * rows + r] = matrix[r * columns + c];
            }
        }
        return result;
    }

    private static void startWithBias(double[] out, int at, int count, Values bias) {
        if (bias == null) {
            Arrays.fill(out, at, at + count, 0.0);
        } else {
            System.arraycopy(bias.data(), 0, out, at, count);
        }
    }

    private static void addScaled(double[] out, int at, double factor, double[] vector, int from, int count) {
        for (int i = 0; i < count; i++) {
            out[at + i] += factor * vector[from + i];
        }
    }

    /** {@code [batch, frames, height, width, in], [out, in / groups, kt, kh, kw] -> [batch, outFrames, outHeight, outWidth, out]}. */
    public static double[] conv3d(
            Values x, Values weight, Values bias, Conv3dGeometry geometry, Activation activation) {
        return ElementReference.activation(conv3d(x, weight, bias, geometry), activation);
    }

    /** Does what {@link #conv3d(Values, Values, Values, Conv3dGeometry, Activation)} does, without an activation. */
    public static double[] conv3d(Values x, Values weight, Values bias, Conv3dGeometry geometry) {
        int out = weight.dim(0);
        int height = (int) geometry.outputHeight(x.dim(2), weight.dim(3));
        int width = (int) geometry.outputWidth(x.dim(3), weight.dim(4));
        int frames = geometry.taps().outputs();
        double[] kernel = transpose(weight.data(), out, weight.count(1, 5));
        double[] result = new double[x.dim(0) * frames * height * width * out];
        int at = 0;
        for (int b = 0; b < x.dim(0); b++) {
            for (int t = 0; t < frames; t++) {
                for (int h = 0; h < height; h++) {
                    for (int w = 0; w < width; w++) {
                        startWithBias(result, at, out, bias);
                        position(result, at, x, weight, kernel, geometry, new int[] {b, t, h, w});
                        at += out;
                    }
                }
            }
        }
        return result;
    }

    private static void position(
            double[] out, int at, Values x, Values weight, double[] kernel, Conv3dGeometry geometry, int[] where) {
        for (int kt = 0; kt < weight.dim(2); kt++) {
            int frame = geometry.taps().source(where[1], kt);
            for (int kh = 0; kh < weight.dim(3) && frame != FrameTaps.ZERO; kh++) {
                int row = where[2] * geometry.stride() + kh - geometry.top();
                for (int kw = 0; kw < weight.dim(4); kw++) {
                    int column = where[3] * geometry.stride() + kw - geometry.left();
                    if (row >= 0 && row < x.dim(2) && column >= 0 && column < x.dim(3)) {
                        int pixel = ((where[0] * x.dim(1) + frame) * x.dim(2) + row) * x.dim(3) + column;
                        tap(
                                out,
                                at,
                                x,
                                pixel * x.dim(4),
                                weight,
                                kernel,
                                (kt * weight.dim(3) + kh) * weight.dim(4) + kw,
                                geometry.groups());
                    }
                }
            }
        }
    }

    /** Adds one kernel position of every group; {@code kernel} is {@code [in / groups, kt kh kw, out]}. */
    private static void tap(
            double[] out, int at, Values x, int from, Values weight, double[] kernel, int tap, int groups) {
        int taps = weight.count(2, 5);
        int outputs = weight.dim(0) / groups;
        for (int g = 0; g < groups; g++) {
            for (int i = 0; i < weight.dim(1); i++) {
                double value = x.data()[from + g * weight.dim(1) + i];
                int column = (i * taps + tap) * weight.dim(0) + g * outputs;
                addScaled(out, at + g * outputs, value, kernel, column, outputs);
            }
        }
    }

    /** {@code softmax(scale q k^T + bias) v} per head, over the first {@code keyLengths} keys of each batch entry. */
    public static double[] attention(Values q, Values k, Values v, Values bias, int[] keyLengths, double scale) {
        int heads = q.dim(2);
        int dim = q.dim(3);
        int keys = k.dim(1);
        double[] result = new double[q.data().length];
        for (int b = 0; b < q.dim(0); b++) {
            double[] row = new double[keyLengths == null ? keys : keyLengths[b]];
            for (int n = 0; n < q.dim(1); n++) {
                for (int h = 0; h < heads; h++) {
                    int at = ((b * q.dim(1) + n) * heads + h) * dim;
                    for (int m = 0; m < row.length; m++) {
                        row[m] = scale * dot(q.data(), at, k.data(), ((b * keys + m) * heads + h) * dim, dim)
                                + (bias == null ? 0.0 : bias.data()[(h * q.dim(1) + n) * keys + m]);
                    }
                    ElementReference.softmax(row, 0, row.length);
                    for (int m = 0; m < row.length; m++) {
                        addScaled(result, at, row[m], v.data(), ((b * keys + m) * heads + h) * dim, dim);
                    }
                }
            }
        }
        return result;
    }

    static double dot(double[] a, int i, double[] b, int j, int count) {
        double sum = 0;
        for (int c = 0; c < count; c++) {
            sum += a[i + c] * b[j + c];
        }
        return sum;
    }

    /** {@code relu(q) S / (relu(q) z + eps)}, {@code S = sum_n relu(k_n) v_n^T}, {@code z = sum_n relu(k_n)}. */
    public static double[] linearAttention(Values q, Values k, Values v, double eps) {
        int heads = q.dim(2);
        int dim = q.dim(3);
        double[] result = new double[q.data().length];
        for (int b = 0; b < q.dim(0); b++) {
            for (int h = 0; h < heads; h++) {
                double[] s = new double[dim * dim];
                double[] z = new double[dim];
                for (int m = 0; m < k.dim(1); m++) {
                    int at = ((b * k.dim(1) + m) * heads + h) * dim;
                    for (int i = 0; i < dim; i++) {
                        double key = Math.max(0.0, k.data()[at + i]);
                        z[i] += key;
                        addScaled(s, i * dim, key, v.data(), at, dim);
                    }
                }
                for (int n = 0; n < q.dim(1); n++) {
                    linearQuery(result, ((b * q.dim(1) + n) * heads + h) * dim, q.data(), s, z, eps);
                }
            }
        }
        return result;
    }

    private static void linearQuery(double[] out, int at, double[] q, double[] s, double[] z, double eps) {
        int dim = z.length;
        double denominator = eps;
        for (int i = 0; i < dim; i++) {
            double query = Math.max(0.0, q[at + i]);
            denominator += query * z[i];
            addScaled(out, at, query, s, i * dim, dim);
        }
        for (int i = 0; i < dim; i++) {
            out[at + i] /= denominator;
        }
    }
}
