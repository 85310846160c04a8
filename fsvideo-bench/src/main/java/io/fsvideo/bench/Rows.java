package io.fsvideo.bench;

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
        long from = i - i % count;
        double sum = 0;
        double squares = 0;
        for (long j = from; j < from + count; j++) {
            sum += x.at(j);
            squares += x.at(j) * x.at(j);
        }
        double mean = sum / count;
        return (x.at(i) - mean) / Math.sqrt(squares / count - mean * mean + eps);
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
