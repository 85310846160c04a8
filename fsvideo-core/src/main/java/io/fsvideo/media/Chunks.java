package io.fsvideo.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds chunks in PNG and RIFF files without inflating or trusting anything: a chunk past the end is not there. */
final class Chunks {
    private static final int PNG_SIGNATURE = 8;
    private static final int RIFF_HEADER = 12;

    private Chunks() {}

    /** Contents of all chunks of a type in a PNG file, in order. */
    static List<byte[]> ofPng(byte[] bytes, String type) {
        List<byte[]> found = new ArrayList<>();
        int at = PNG_SIGNATURE;
        while (bytes.length - at >= 12) {
            long length = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt(at));
            if (length > bytes.length - at - 12) {
                break;
            }
            add(found, bytes, type, at + 4, at + 8, (int) length);
            at += 12 + (int) length;
        }
        return found;
    }

    /** Contents of all chunks of a type in a RIFF file, in order. */
    static List<byte[]> ofRiff(byte[] bytes, String type) {
        List<byte[]> found = new ArrayList<>();
        int at = RIFF_HEADER;
        while (bytes.length - at >= 8) {
            long length = Integer.toUnsignedLong(
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 4));
            if (length > bytes.length - at - 8) {
                break;
            }
            add(found, bytes, type, at, at + 8, (int) length);
            at = (int) Math.min(bytes.length, at + 8 + length + (length & 1));
        }
        return found;
    }

    private static void add(List<byte[]> found, byte[] bytes, String type, int typeAt, int start, int length) {
        if (new String(bytes, typeAt, 4, StandardCharsets.ISO_8859_1).equals(type)) {
            found.add(Arrays.copyOfRange(bytes, start, start + length));
        }
    }
}
