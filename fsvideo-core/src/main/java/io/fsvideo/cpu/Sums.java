package io.fsvideo.cpu;

/** Pairwise sums over heap blocks: accurate to a few units in the last place, in an order that depends on the length only. */
final class Sums {
    private static final int SHORT = 16;

    private final float[][] halves = new float[2][0];

    /** Sum of {@code x[offset .. offset + count - 1]}. */
    double sum(float[] x, int offset, int count) {
        if (count <= SHORT) {
            double sum = 0;
            for (int i = offset; i < offset + count; i++) {
                sum += x[i];
            }
            return sum;
        }
        int half = count >> 1;
        float[] folded = half(0, half);
        for (int i = 0; i < half; i++) {
            folded[i] = x[offset + i] + x[offset + half + i];
        }
        return fold(folded, half) + ((count & 1) == 0 ? 0 : x[offset + count - 1]);
    }

    /** Sum of squares. */
    double squares(float[] x, int offset, int count) {
        if (count <= SHORT) {
            double sum = 0;
            for (int i = offset; i < offset + count; i++) {
                sum += (double) x[i] * x[i];
            }
            return sum;
        }
        int half = count >> 1;
        float[] folded = half(0, half);
        for (int i = 0; i < half; i++) {
            folded[i] = x[offset + i] * x[offset + i] + x[offset + half + i] * x[offset + half + i];
        }
        double last = (count & 1) == 0 ? 0 : x[offset + count - 1];
        return fold(folded, half) + last * last;
    }

    private double fold(float[] first, int length) {
        float[] from = first;
        int count = length;
        double odd = 0;
        for (int turn = 1; count > SHORT; turn ^= 1) {
            int half = count >> 1;
            odd += (count & 1) == 0 ? 0 : from[count - 1];
            float[] to = half(turn, half);
            for (int i = 0; i < half; i++) {
                to[i] = from[i] + from[half + i];
            }
            from = to;
            count = half;
        }
        double sum = odd;
        for (int i = 0; i < count; i++) {
            sum += from[i];
        }
        return sum;
    }

    private float[] half(int which, int size) {
        if (halves[which].length < size) {
            halves[which] = new float[size];
        }
        return halves[which];
    }
}
