package io.fsvideo.bench;

import io.fsvideo.tensor.Conv3dGeometry;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.FrameTaps;
import java.util.List;

/** Single elements of products, in binary64. */
final class Products {
    private Products() {}

    /** {@code start + sum_j a[i + j] b[k + j]}. */
    static Expected dot(Input a, long i, Input b, long k, long count, double start) {
        double sum = start;
        double magnitude = Math.abs(start);
        for (long j = 0; j < count; j++) {
            double term = a.at(i + j) * b.at(k + j);
            sum += term;
            magnitude += Math.abs(term);
        }
        return Expected.sum(sum, magnitude, count + 1);
    }

    /** {@code sum_j weights[j] terms[j][i]}. */
    static Expected weighted(double[] weights, List<Input> terms, long i) {
        double sum = 0;
        double magnitude = 0;
        for (int j = 0; j < weights.length; j++) {
            double term = weights[j] * terms.get(j).at(i);
            sum += term;
            magnitude += Math.abs(term);
        }
        return Expected.sum(sum, magnitude, weights.length).plusRelative(magnitude);
    }

    /** @param n tokens, heads, channels per head */
    static Expected attention(Input q, Input k, Input v, double scale, long[] n, long i, DType dtype) {
        long channel = i % n[2];
        long head = i / n[2] % n[1] * n[2];
        double[] row = new double[(int) n[0]];
        for (int m = 0; m < row.length; m++) {
            row[m] = scale
                    * dot(q, i - channel, k, m * n[1] * n[2] + head, n[2], 0).value();
        }
        Rows.softmax(row);
        return values(row, v, head + channel, n[1] * n[2], dtype);
    }

    /** {@code relu(q) . sum_m relu(k_m) v_m / (relu(q) . sum_m relu(k_m) + eps)}, as weights of the values. */
    static Expected linearAttention(Input q, Input k, Input v, double eps, long[] n, long i, DType dtype) {
        long channel = i % n[2];
        long head = i / n[2] % n[1] * n[2];
        double[] row = new double[(int) n[0]];
        double sum = eps;
        for (int m = 0; m < row.length; m++) {
            for (long c = 0; c < n[2]; c++) {
                row[m] += Math.max(0, q.at(i - channel + c)) * Math.max(0, k.at(m * n[1] * n[2] + head + c));
            }
            sum += row[m];
        }
        for (int m = 0; m < row.length; m++) {
            row[m] /= sum;
        }
        return values(row, v, head + channel, n[1] * n[2], dtype);
    }

    private static Expected values(double[] weights, Input v, long from, long step, DType dtype) {
        double sum = 0;
        double magnitude = 0;
        for (int m = 0; m < weights.length; m++) {
            double term = weights[m] * v.at(from + m * step);
            sum += term;
            magnitude += Math.abs(term);
        }
        return Expected.sum(sum, magnitude, weights.length)
                .plusRelative(magnitude)
                .withRoundedFactors(dtype, magnitude);
    }

    /** A kernel of 3 x 3 x 3 in one group; {@code n}: frames, height, width, inputs, outputs. */
    static Expected conv3d(Input x, Input weight, Input bias, Conv3dGeometry geometry, long[] n, long i) {
        long out = i % n[4];
        long w = i / n[4] % n[2];
        long h = i / (n[4] * n[2]) % n[1];
        int t = (int) (i / (n[4] * n[2] * n[1]));
        double sum = bias.at(out);
        double magnitude = Math.abs(sum);
        for (int tap = 0; tap < 27; tap++) {
            int frame = geometry.taps().source(t, tap / 9);
            long row = h + tap / 3 % 3 - 1;
            long column = w + tap % 3 - 1;
            if (frame == FrameTaps.ZERO || row < 0 || row >= n[1] || column < 0 || column >= n[2]) {
                continue;
            }
            for (long c = 0; c < n[3]; c++) {
                double value = x.at(((frame * n[1] + row) * n[2] + column) * n[3] + c);
                double term = value * weight.at((out * n[3] + c) * 27 + tap);
                sum += term;
                magnitude += Math.abs(term);
            }
        }
        return Expected.sum(sum, magnitude, 27 * n[3] + 1);
    }
}
