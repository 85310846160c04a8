package io.fsvideo.media;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Compressed pixels of a GIF's first frame whose codes are wider than the standard's. GIF lets literals have at most 8 bits, but some
 * programs write up to 11 and viewers show it, while the JDK's reader refuses; such a frame is packed anew in 8 bits.
 *
 * <p>The decoder follows GIF89a, appendix F: codes grow from one bit over the literals' width to 12, "clear" and "end" come after the literals.
 */
final class GifCodes {
    private static final int STANDARD = 8;
    private static final int WIDEST_LITERAL = 11;
    private static final int WIDEST = 12;
    private static final int BLOCK = 255;

    /** Literals after a "clear": fewer than would widen the codes. */
    private static final int FRESH = 200;

    private final byte[] gif;
    private final int literalBits;
    private int at;
    private int inBlock;
    private int buffer;
    private int bits;

    /** @param start of the frame's data, where the width of the literals stands */
    private GifCodes(byte[] gif, int start) {
        this.gif = gif;
        this.literalBits = gif[start] & 0xff;
        this.at = start + 1;
    }

    /**
     * The file itself, or one of only this frame, in standard codes. A frame that cannot be unpacked stays as it is: its reader says why.
     *
     * @param maxPixels a frame that states more is not unpacked
     */
    static byte[] standard(byte[] gif, int descriptor, int maxPixels) {
        if (descriptor < 0 || descriptor + 10 > gif.length) {
            return gif;
        }
        int flags = gif[descriptor + 9];
        int start = descriptor + 10 + ((flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7)));
        if (start >= gif.length
                || gif[start] <= STANDARD
                || gif[start] > WIDEST_LITERAL
                || pixels(gif, descriptor) > maxPixels) {
            return gif;
        }
        byte[] indices = new GifCodes(gif, start).unpacked(pixels(gif, descriptor));
        return indices == null ? gif : packed(gif, start, indices);
    }

    private static long pixels(byte[] gif, int descriptor) {
        long width = gif[descriptor + 5] & 0xff | (gif[descriptor + 6] & 0xff) << 8;
        long height = gif[descriptor + 7] & 0xff | (gif[descriptor + 8] & 0xff) << 8;
        return width * height;
    }

    /** One index a pixel, or null when the codes break a rule or end early. */
    private byte[] unpacked(long pixels) {
        int clear = 1 << literalBits;
        int[] prefix = new int[1 << WIDEST];
        int[] last = new int[1 << WIDEST];
        int[] length = new int[1 << WIDEST];
        for (int i = 0; i < clear; i++) {
            last[i] = i;
            length[i] = 1;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int next = clear + 2;
        int width = literalBits + 1;
        int before = -1;
        while (out.size() < pixels) {
            int code = read(width);
            if (code == clear) {
                next = clear + 2;
                width = literalBits + 1;
                before = -1;
            } else {
                boolean known = code >= 0 && code < next && code != clear + 1;
                if (!known && (code != next || before < 0 || next >= prefix.length)) {
                    return null;
                }
                if (before >= 0 && next < prefix.length) {
                    prefix[next] = before;
                    length[next] = length[before] + 1;
                    last[next] = first(known ? code : before, prefix, length);
                    next++;
                }
                if (!append(out, code, prefix, last, length)) {
                    return null;
                }
                before = code;
                if (next == 1 << width && width < WIDEST) {
                    width++;
                }
            }
        }
        // The last run may reach beyond the picture.
        return Arrays.copyOf(out.toByteArray(), (int) pixels);
    }

    private static int first(int code, int[] prefix, int[] length) {
        int c = code;
        while (length[c] > 1) {
            c = prefix[c];
        }
        return c;
    }

    /** False when an index needs more than 8 bits. */
    private static boolean append(ByteArrayOutputStream out, int code, int[] prefix, int[] last, int[] length) {
        byte[] run = new byte[length[code]];
        int c = code;
        for (int i = run.length - 1; i >= 0; i--) {
            if (last[c] >= 1 << STANDARD) {
                return false;
            }
            run[i] = (byte) last[c];
            c = prefix[c];
        }
        out.writeBytes(run);
        return true;
    }

    /** The next code, lowest bits first, or -1 at the end of the data. */
    private int read(int width) {
        while (bits < width) {
            if (inBlock == 0) {
                inBlock = at < gif.length ? gif[at++] & 0xff : 0;
                if (inBlock == 0) {
                    return -1;
                }
            }
            if (at >= gif.length) {
                return -1;
            }
            buffer |= (gif[at++] & 0xff) << bits;
            bits += 8;
            inBlock--;
        }
        int code = buffer & (1 << width) - 1;
        buffer >>>= width;
        bits -= width;
        return code;
    }

    /** Every index as a literal of 9 bits, with a "clear" before the table needs a tenth. */
    private static byte[] packed(byte[] gif, int start, byte[] indices) {
        ByteArrayOutputStream codes = new ByteArrayOutputStream();
        int held = 0;
        int count = 0;
        int clear = 1 << STANDARD;
        for (int i = 0; i <= indices.length; i++) {
            int[] next = i == indices.length
                    ? new int[] {clear + 1}
                    : i % FRESH == 0 ? new int[] {clear, indices[i] & 0xff} : new int[] {indices[i] & 0xff};
            for (int code : next) {
                held |= code << count;
                count += STANDARD + 1;
                while (count >= 8) {
                    codes.write(held);
                    held >>>= 8;
                    count -= 8;
                }
            }
        }
        codes.write(held);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(gif, 0, start);
        out.write(STANDARD);
        byte[] data = codes.toByteArray();
        for (int from = 0; from < data.length; from += BLOCK) {
            int size = Math.min(BLOCK, data.length - from);
            out.write(size);
            out.write(data, from, size);
        }
        out.write(0);
        out.write(';');
        return out.toByteArray();
    }
}
