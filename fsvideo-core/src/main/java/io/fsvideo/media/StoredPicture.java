package io.fsvideo.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A picture file taken apart: what its reader gets, and beside it what the numbers mean and which way is up.
 *
 * @param bytes without a profile, so that every reader gives numbers as they are stored
 * @param icc an ICC profile's bytes, null for none
 * @param cicp PNG's code points, which go before a profile, null for none
 * @param xmp as text, empty for none
 */
record StoredPicture(ImageFormat format, byte[] bytes, byte[] icc, byte[] cicp, String xmp) {
    private static final int MOST_PROFILE = 16 << 20;
    private static final int RIFF_HEADER = 12;
    private static final int ICC_FLAG = 0x20;

    /** @param maxPixels what a reader would refuse to make larger is not unpacked here */
    static StoredPicture of(ImageFormat format, byte[] bytes, int maxPixels) {
        return switch (format) {
            case JPEG -> {
                JpegSegments jpeg = new JpegSegments(bytes);
                yield new StoredPicture(format, jpeg.clean(), jpeg.profile(), null, jpeg.xmp());
            }
            case PNG ->
                new StoredPicture(
                        format,
                        bytes,
                        inflated(first(Chunks.ofPng(bytes, "iCCP"))),
                        first(Chunks.ofPng(bytes, "cICP")),
                        text(Chunks.ofPng(bytes, "iTXt")));
            case WEBP ->
                new StoredPicture(
                        format,
                        withoutProfile(bytes),
                        first(Chunks.ofRiff(bytes, "ICCP")),
                        null,
                        text(Chunks.ofRiff(bytes, "XMP ")));
            case GIF ->
                new StoredPicture(
                        format, GifCodes.standard(bytes, GifPlace.descriptor(bytes), maxPixels), null, null, "");
            default -> new StoredPicture(format, bytes, null, null, "");
        };
    }

    private static byte[] first(List<byte[]> chunks) {
        return chunks.isEmpty() ? null : chunks.get(0);
    }

    private static String text(List<byte[]> chunks) {
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> text.append(new String(chunk, StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** A name that ends in 0, a method of compression, and the profile deflated; empty when it is not so. */
    private static byte[] inflated(byte[] chunk) {
        if (chunk == null) {
            return null;
        }
        int name = 0;
        while (name < chunk.length && chunk[name] != 0) {
            name++;
        }
        Inflater inflater = new Inflater();
        try {
            if (name + 2 > chunk.length) {
                return new byte[0];
            }
            inflater.setInput(chunk, name + 2, chunk.length - name - 2);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] block = new byte[1 << 14];
            for (int count = inflater.inflate(block); count > 0; count = inflater.inflate(block)) {
                out.write(block, 0, count);
                if (out.size() > MOST_PROFILE) {
                    return new byte[0];
                }
            }
            return out.toByteArray();
        } catch (DataFormatException e) {
            return new byte[0];
        } finally {
            inflater.end();
        }
    }

    private static byte[] withoutProfile(byte[] bytes) {
        if (Chunks.ofRiff(bytes, "ICCP").isEmpty()) {
            return bytes;
        }
        ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, RIFF_HEADER);
        int at = RIFF_HEADER;
        while (bytes.length - at >= 8) {
            long length = Integer.toUnsignedLong(from.getInt(at + 4));
            int end = (int) Math.min(bytes.length, at + 8 + length + (length & 1));
            String type = new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
            if (!type.equals("ICCP")) {
                byte[] chunk = Arrays.copyOfRange(bytes, at, end);
                if (type.equals("VP8X") && chunk.length > 8) {
                    chunk[8] &= ~ICC_FLAG;
                }
                out.writeBytes(chunk);
            }
            at = end;
        }
        byte[] whole = out.toByteArray();
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(4, whole.length - 8);
        return whole;
    }

    /** @param components of the picture; null for none, or one that leaves colours as they are */
    ColourProfile profile(int components) throws ColourProfile.UnusableException {
        ColourProfile profile = null;
        if (cicp != null && components != 4) {
            profile = components == 3 ? ColourProfile.ofCicp(cicp) : null;
        } else if (icc != null) {
            profile = ColourProfile.ofIcc(icc, components);
        }
        return profile == null || profile.isSrgb() ? null : profile;
    }
}
