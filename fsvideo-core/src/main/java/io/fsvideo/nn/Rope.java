package io.fsvideo.nn;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;

/**
 * Angles of the rotary position embedding over frames, height and width. Of the {@code headDim / 2} pairs of a head, a third each
 * (rounded down) turns with height and width, the rest with frames; every axis starts again at the highest frequency. Computed in
 * binary64. Source: Wan2.1 wan/modules/model.py @9737cba.
 */
public final class Rope {
    /** Positions per axis. */
    public static final int POSITIONS = 1024;

    private static final double BASE = 10000;

    private Rope() {}

    /**
     * Cosines and sines of one grid, tokens in the order frames, height, width.
     *
     * @param tokens at least {@code frames height width}; the rows beyond are not rotated
     * @return {@code [1, tokens, headDim / 2, 2]} F32
     */
    public static Tensor table(Arena a, int headDim, int frames, int height, int width, int tokens) {
        if (headDim % 2 != 0 || headDim < 2) {
            throw new ShapeException("rope: headDim must be even, got " + headDim);
        }
        if (Math.max(frames, Math.max(height, width)) > POSITIONS) {
            throw new ShapeException("rope: grid must be at most " + POSITIONS + " along each axis, got " + frames
                    + " x " + height + " x " + width);
        }
        int pairs = headDim / 2;
        int side = pairs / 3;
        float[] frame = axis(frames, pairs - 2 * side);
        float[] row = axis(height, side);
        float[] column = axis(width, side);
        float[] table = new float[Math.multiplyExact(tokens, headDim)];
        int at = 0;
        for (int f = 0; f < frames; f++) {
            for (int h = 0; h < height; h++) {
                for (int w = 0; w < width; w++) {
                    at = append(table, at, frame, f, pairs - 2 * side);
                    at = append(table, at, row, h, side);
                    at = append(table, at, column, w, side);
                }
            }
        }
        for (; at < table.length; at += 2) {
            table[at] = 1;
        }
        return a.of("rope", table, 1, tokens, pairs, 2);
    }

    private static float[] axis(int positions, int pairs) {
        float[] values = new float[positions * pairs * 2];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < pairs; i++) {
                double angle = p * Math.pow(BASE, -(double) i / pairs);
                values[(p * pairs + i) * 2] = (float) Math.cos(angle);
                values[(p * pairs + i) * 2 + 1] = (float) Math.sin(angle);
            }
        }
        return values;
    }

    private static int append(float[] table, int at, float[] axis, int position, int pairs) {
        System.arraycopy(axis, position * pairs * 2, table, at, pairs * 2);
        return at + pairs * 2;
    }
}
