package io.fsvideo.media;

import java.io.IOException;
import java.io.OutputStream;

/** Filters PNG rows: of the five types, the one whose differences have the smallest sum of magnitudes. */
final class PngFilter {
    private static final int TYPES = 5;

    private final int rowBytes;
    private final int pixelBytes;
    private final byte[][] filtered;

    PngFilter(int rowBytes, int pixelBytes) {
        this.rowBytes = rowBytes;
        this.pixelBytes = pixelBytes;
        this.filtered = new byte[TYPES][rowBytes + 1];
        for (int type = 0; type < TYPES; type++) {
            filtered[type][0] = (byte) type;
        }
    }

    /** Writes one row of an image as its filter type and its differences. */
    void write(byte[] image, int row, OutputStream out) throws IOException {
        long[] cost = new long[TYPES];
        int start = row * rowBytes;
        for (int i = 0; i < rowBytes; i++) {
            int value = image[start + i];
            int left = i < pixelBytes ? 0 : image[start + i - pixelBytes] & 0xff;
            int up = row == 0 ? 0 : image[start + i - rowBytes] & 0xff;
            int upLeft = row == 0 || i < pixelBytes ? 0 : image[start + i - rowBytes - pixelBytes] & 0xff;
            filtered[0][i + 1] = (byte) value;
            filtered[1][i + 1] = (byte) (value - left);
            filtered[2][i + 1] = (byte) (value - up);
            filtered[3][i + 1] = (byte) (value - (left + up) / 2);
            filtered[4][i + 1] = (byte) (value - paeth(left, up, upLeft));
            for (int type = 0; type < TYPES; type++) {
                cost[type] += Math.abs(filtered[type][i + 1]);
            }
        }
        out.write(filtered[cheapest(cost)]);
    }

    private static int paeth(int left, int up, int upLeft) {
        int toLeft = Math.abs(up - upLeft);
        int toUp = Math.abs(left - upLeft);
        int toUpLeft = Math.abs(left + up - 2 * upLeft);
        if (toLeft <= toUp && toLeft <= toUpLeft) {
            return left;
        }
        return toUp <= toUpLeft ? up : upLeft;
    }

    private static int cheapest(long[] cost) {
        int best = 0;
        for (int type = 1; type < TYPES; type++) {
            if (cost[type] < cost[best]) {
                best = type;
            }
        }
        return best;
    }
}
