package io.fsvideo.weights;

/**
 * What a LoRA does to one parameter, seen as {@code [out, in]}, whatever its shape. With W' = W + factor * up * down + difference, whose rows DoRA brings to
 * given lengths, the result is W + strength (W' - W), computed in double precision and rounded to float once.
 */
public final class LoraChange {
    private final float[] up;
    private final float[] down;
    private final int rank;
    private final double factor;
    private final float[] difference;
    private final float[] magnitude;

    /**
     * @param up {@code [out, rank]}, null without a product
     * @param down {@code [rank, in]}
     * @param factor of the product
     * @param difference {@code [out, in]} that is added, null for none
     * @param magnitude {@code [out]}, the rows' lengths after the merge, null where they follow from the sum
     */
    LoraChange(float[] up, float[] down, int rank, double factor, float[] difference, float[] magnitude) {
        this.up = up;
        this.down = down;
        this.rank = rank;
        this.factor = factor;
        this.difference = difference;
        this.magnitude = magnitude;
    }

    /**
     * Changes {@code out} rows of values in place.
     *
     * @param values a whole parameter, or those of some of its rows
     * @param from where in {@code values} the first of these rows begins
     * @param first which row of the parameter it is
     * @param rows how many rows
     * @param columns values of a row
     */
    public void apply(float[] values, int from, int first, int rows, int columns, double strength) {
        double[] merged = new double[columns];
        for (int r = 0; r < rows; r++) {
            applyRow(values, from + r * columns, merged, first + r, strength);
        }
    }

    private void applyRow(float[] values, int from, double[] merged, int row, double strength) {
        int columns = merged.length;
        for (int i = 0; i < columns; i++) {
            merged[i] = values[from + i] + (difference == null ? 0 : difference[row * columns + i]);
        }
        for (int k = 0; k < rank; k++) {
            double scaled = factor * up[row * rank + k];
            int start = k * columns;
            for (int i = 0; i < columns; i++) {
                merged[i] += scaled * down[start + i];
            }
        }
        if (magnitude != null) {
            lengthen(merged, magnitude[row]);
        }
        for (int i = 0; i < columns; i++) {
            float value = values[from + i];
            values[from + i] = (float) (value + strength * (merged[i] - value));
        }
    }

    /** Brings a row to a length; a row of zeros stays. */
    private static void lengthen(double[] row, double length) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        double factor = squares == 0 ? 0 : length / Math.sqrt(squares);
        for (int i = 0; i < row.length; i++) {
            row[i] *= factor;
        }
    }
}
