package io.fsvideo.media;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A JPEG's segments as viewers read them: bytes between segments are skipped, a missing end is supplied, a profile is taken out for the
 * one colour step of all formats, and an Adobe marker that says YCCK of three components means YCbCr.
 */
final class JpegSegments {
    private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] XMP = "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ADOBE = "Adobe".getBytes(StandardCharsets.US_ASCII);
    private static final int ADOBE_BYTES = 12;
    private static final int TRANSFORM = 11;
    private static final int YCBCR = 1;
    private static final int YCCK = 2;

    private static final int SOI = 0xd8;
    private static final int EOI = 0xd9;
    private static final int SOS = 0xda;
    private static final int APP1 = 0xe1;
    private static final int APP2 = 0xe2;
    private static final int APP14 = 0xee;

    private final byte[] bytes;
    private final ByteArrayOutputStream clean = new ByteArrayOutputStream();
    private final Map<Integer, byte[]> profile = new TreeMap<>();
    private String xmp = "";
    private int components;

    JpegSegments(byte[] bytes) {
        this.bytes = bytes;
        components = componentsOf(bytes);
        int at = 2;
        clean.write(0xff);
        clean.write(SOI);
        while (at + 3 < bytes.length) {
            int marker = bytes[at + 1] & 0xff;
            if ((bytes[at] & 0xff) != 0xff || marker == 0xff || marker == 0 || marker >= 0xd0 && marker < EOI) {
                at++;
                continue;
            }
            if (marker == SOS || marker == EOI) {
                break;
            }
            int length = (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
            int end = at + 2 + length;
            if (length < 2 || end > bytes.length) {
                break;
            }
            segment(marker, at, end);
            at = end;
        }
        clean.write(bytes, at, bytes.length - at);
        if (!endsWithEnd()) {
            clean.write(0xff);
            clean.write(EOI);
        }
    }

    private void segment(int marker, int at, int end) {
        int data = at + 4;
        if (marker == APP2 && starts(ICC, data, end) && data + ICC.length + 2 <= end) {
            int number = bytes[data + ICC.length] & 0xff;
            profile.putIfAbsent(number, Arrays.copyOfRange(bytes, data + ICC.length + 2, end));
            return;
        }
        if (marker == APP14 && starts(ADOBE, data, end)) {
            adobe(at, data, end);
            return;
        }
        if (marker == APP1 && starts(XMP, data, end)) {
            xmp += new String(bytes, data + XMP.length, end - data - XMP.length, StandardCharsets.UTF_8);
        }
        clean.write(bytes, at, end - at);
    }

    /** A marker cut short says nothing; YCCK has four components. */
    private void adobe(int at, int data, int end) {
        if (end - data < ADOBE_BYTES) {
            return;
        }
        byte[] copy = Arrays.copyOfRange(bytes, at, end);
        int transform = data + TRANSFORM - at;
        if (components == 3 && copy[transform] == YCCK) {
            copy[transform] = YCBCR;
        }
        clean.write(copy, 0, copy.length);
    }

    private boolean starts(byte[] mark, int from, int end) {
        return from + mark.length <= end && Arrays.equals(bytes, from, from + mark.length, mark, 0, mark.length);
    }

    /** Some writers put zeros behind the end. */
    private boolean endsWithEnd() {
        int end = bytes.length;
        while (end > 2 && bytes[end - 1] == 0) {
            end--;
        }
        return end > 2 && (bytes[end - 2] & 0xff) == 0xff && (bytes[end - 1] & 0xff) == EOI;
    }

    /** The number of components in the first frame header there is; 0 without one. */
    private static int componentsOf(byte[] bytes) {
        for (int at = 2; at + 9 < bytes.length; at++) {
            int marker = bytes[at + 1] & 0xff;
            boolean frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
            if ((bytes[at] & 0xff) == 0xff && frame) {
                int length = (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] & 0xff;
                int count = bytes[at + 9] & 0xff;
                if (length == 8 + 3 * count && count > 0) {
                    return count;
                }
            }
        }
        return 0;
    }

    /** The same picture without what readers stumble over. */
    byte[] clean() {
        return clean.toByteArray();
    }

    /** The ICC profile's bytes, null without one. */
    byte[] profile() {
        if (profile.isEmpty()) {
            return null;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        profile.values().forEach(whole::writeBytes);
        return whole.toByteArray();
    }

    /** XMP as text, empty without any. */
    String xmp() {
        return xmp;
    }
}
