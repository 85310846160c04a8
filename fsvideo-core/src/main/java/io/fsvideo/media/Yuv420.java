package io.fsvideo.media;

import java.util.stream.IntStream;

/**
 * One frame as limited-range 4:2:0: luma {@code [height, width]}, then Cb and Cr, each
 * {@code [ceil(height / 2), ceil(width / 2)]}.
 *
 * <p>Chroma is sited left, as H.264 assumes: weights 1 2 1 around every even column, the mean of two rows. The last row
 * and column of an odd size are repeated.
 */
final class Yuv420 {
    /** Weights of red and blue in luma; green has the rest. */
    enum Matrix {
        BT601(0.299, 0.114),
        BT709(0.2126, 0.0722);

        private final double red;
        private final double blue;

        Matrix(double red, double blue) {
            this.red = red;
            this.blue = blue;
        }

        /** What players take a clip for that does not say its matrix: BT.601 up to 576 lines and 1279 columns, BT.709 above. */
        static Matrix assumed(int height, int width) {
            return height <= 576 && width < 1280 ? BT601 : BT709;
        }
    }

    private final double kr;
    private final double kb;
    private final double kg;
    private final int height;
    private final int width;
    final byte[] luma;
    final byte[] cb;
    final byte[] cr;

    /** The conversion with H.264's usual matrix. */
    Yuv420(int height, int width) {
        this(height, width, Matrix.BT709);
    }

    Yuv420(int height, int width, Matrix matrix) {
        kr = matrix.red;
        kb = matrix.blue;
        kg = 1 - kr - kb;
        this.height = height;
        this.width = width;
        this.luma = new byte[height * width];
        this.cb = new byte[((height + 1) / 2) * ((width + 1) / 2)];
        this.cr = new byte[cb.length];
    }

    /** Fills the planes from {@code [height, width, 3]} RGB. */
    void convert(byte[] rgb) {
        IntStream.range(0, height).parallel().forEach(row -> convertLuma(rgb, row));
        IntStream.range(0, (height + 1) / 2).parallel().forEach(row -> convertChroma(rgb, row));
    }

    private void convertLuma(byte[] rgb, int row) {
        for (int i = row * width; i < (row + 1) * width; i++) {
            double y = kr * at(rgb, 3 * i) + kg * at(rgb, 3 * i + 1) + kb * at(rgb, 3 * i + 2);
            luma[i] = (byte) (int) (16 + y * 219 / 255 + 0.5);
        }
    }

    private void convertChroma(byte[] rgb, int row) {
        int columns = (width + 1) / 2;
        for (int column = 0; column < columns; column++) {
            double red = mean(rgb, 2 * row, 2 * column, 0);
            double green = mean(rgb, 2 * row, 2 * column, 1);
            double blue = mean(rgb, 2 * row, 2 * column, 2);
            double y = kr * red + kg * green + kb * blue;
            cb[row * columns + column] = chroma((blue - y) / (1 - kb));
            cr[row * columns + column] = chroma((red - y) / (1 - kr));
        }
    }

    /** A colour difference in -255..255 as 16..240. */
    private static byte chroma(double difference) {
        return (byte) (int) (128 + difference * 112 / 255 + 0.5);
    }

    private double mean(byte[] rgb, int row, int column, int channel) {
        int next = Math.min(row + 1, height - 1);
        return (rowMean(rgb, row, column, channel) + rowMean(rgb, next, column, channel)) / 2;
    }

    private double rowMean(byte[] rgb, int row, int column, int channel) {
        int start = 3 * row * width + channel;
        int left = at(rgb, start + 3 * Math.max(column - 1, 0));
        int right = at(rgb, start + 3 * Math.min(column + 1, width - 1));
        return (left + 2 * at(rgb, start + 3 * column) + right) / 4.0;
    }

    private static int at(byte[] rgb, int index) {
        return rgb[index] & 0xff;
    }
}
