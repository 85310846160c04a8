package io.fsvideo.bench;

import java.util.function.LongToDoubleFunction;

/** Definitions over the last axis, in binary64. */
final class Rows {
    private Rows() {}

    static double rootMeanSquare(Input x, long from, long count, double eps) {
        double sum = 0;
        for (long i = from; i < from + count; i++) {
            sum += x.at(i) * x.at(i);
        }
        return Math.sqrt(sum / count + eps);
    }

    /** Element {@code i} less its row's mean, over the row's standard deviation. */
    static double standardized(Input x, long i, long count, double eps) {
        return standardized(x::at, i, count, eps);
    }

    static double standardized(LongToDoubleFunction x, long i, long count, double eps) {
        long from = i - i % count;
        double sum = 0;
        double squares = 0;
        for (long j = from; j < from + count; j++) {
            sum += x.applyAsDouble(j);
            squares += x.applyAsDouble(j) * x.applyAsDouble(j);
        }
        double mean = sum / count;
        return (x.applyAsDouble(i) - mean) / Math.sqrt(squares / count - mean * mean + eps);
    }

    /** Element {@code i} of pairs turned by cosine and sine at {@code angle} of {@code table}. */
    static Expected turned(LongToDoubleFunction x, Input table, long angle, long i) {
        double sin = table.at(angle + 1);
        double own = x.applyAsDouble(i) * table.at(angle);
        double other = i % 2 == 0 ? -x.applyAsDouble(i + 1) * sin : x.applyAsDouble(i - 1) * sin;
        double magnitude = Math.abs(own) + Math.abs(other);
        return Expected.sum(own + other, magnitude, 2).plusRelative(magnitude);
    }

    static double[] softmax(Input x, long from, long count) {
        double[] row = new double[(int) count];
        for (int i = 0; i < row.length; i++) {
            row[i] = x.at(from + i);
        }
        softmax(row);
        return row;
    }

    static void softmax(double[] row) {
        double most = Double.NEGATIVE_INFINITY;
        for (double value : row) {
            most = Math.max(most, value);
        }
        double sum = 0;
        for (int i = 0; i < row.length; i++) {
            row[i] = Math.exp(row[i] - most);
            sum += row[i];
        }
        for (int i = 0; i < row.length; i++) {
            row[i] /= sum;
        }
    }
}
