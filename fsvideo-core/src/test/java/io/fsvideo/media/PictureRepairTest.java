package io.fsvideo.media;

import static io.fsvideo.media.Pictures.assertPattern;
import static io.fsvideo.media.Pictures.assertPixel;
import static io.fsvideo.media.Pictures.chunk;
import static io.fsvideo.media.Pictures.encoded;
import static io.fsvideo.media.Pictures.joined;
import static io.fsvideo.media.Pictures.pattern;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures that viewers show are read, with the colours that their profiles say. */
class PictureRepairTest {
    private static final int STORED = 200 << 16 | 60 << 8 | 40;

    private static BufferedImage card() {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 32 * 32; i++) {
            image.setRGB(i % 32, i / 32, STORED);
        }
        return image;
    }

    private static byte[] s15(double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (double value : values) {
            bytes.putInt((int) Math.round(value * 65536));
        }
        return bytes.array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A matrix profile; primaries in XYZ adapted to D50. */
    private static byte[] profile(double[][] primaries, double gamma) {
        String[] names = {"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC", "wtpt"};
        byte[] curve = gamma > 0
                ? joined(ascii("para\0\0\0\0\0\0\0\0"), s15(gamma))
                : joined(ascii("para\0\0\0\0\0\3\0\0"), s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045));
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        int start = 128 + 4 + 12 * names.length;
        table.writeBytes(ByteBuffer.allocate(4).putInt(names.length).array());
        for (int i = 0; i < names.length; i++) {
            byte[] tag = i >= 3 && i < 6
                    ? curve
                    : joined(ascii("XYZ \0\0\0\0"), i == 6 ? s15(0.9642, 1, 0.8249) : s15(primaries[i]));
            table.writeBytes(ascii(names[i]));
            table.writeBytes(ByteBuffer.allocate(8)
                    .putInt(start + data.size())
                    .putInt(tag.length)
                    .array());
            data.writeBytes(tag);
        }
        ByteBuffer header = ByteBuffer.allocate(128);
        header.putInt(start + data.size()).position(8);
        header.putInt(0x04000000).put(ascii("mntrRGB XYZ ")).position(36);
        header.put(ascii("acsp")).position(68);
        header.put(s15(0.9642, 1, 0.8249));
        return joined(header.array(), table.toByteArray(), data.toByteArray());
    }

    private static byte[] displayP3() {
        double[][] primaries = {{0.51512, 0.2412, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.1571, 0.06657, 0.78407}};
        return profile(primaries, 0);
    }

    private static byte[] adobeRgb() {
        double[][] primaries = {{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}};
        return profile(primaries, 563 / 256.0);
    }

    private static byte[] png(byte[]... chunks) throws IOException {
        byte[] plain = encoded(card(), "png");
        return joined(Arrays.copyOf(plain, 33), joined(chunks), Arrays.copyOfRange(plain, 33, plain.length));
    }

    private static byte[] iccp(byte[] profile) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ascii("p\0\0"));
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(out, new Deflater())) {
            deflated.write(profile);
        }
        return chunk("iCCP", out.toByteArray());
    }

    private static byte[] segment(int marker, byte[]... data) {
        byte[] all = joined(data);
        return joined(
                ByteBuffer.allocate(4)
                        .putShort((short) (0xff00 | marker))
                        .putShort((short) (all.length + 2))
                        .array(),
                all);
    }

    private static byte[] icc(byte[] profile) {
        return segment(0xe2, ascii("ICC_PROFILE\0\1\1"), profile);
    }

    /** The picture with these bytes behind its first marker. */
    private static byte[] jpeg(BufferedImage image, byte[]... inserted) throws IOException {
        byte[] plain = encoded(image, "jpeg");
        return joined(Arrays.copyOf(plain, 2), joined(inserted), Arrays.copyOfRange(plain, 2, plain.length));
    }

    private static void assertColour(byte[] bytes, int red, int green, int blue, double tolerance) {
        Image image = Image.read(bytes);
        assertPixel(image, 16, 16, red / 255.0, green / 255.0, blue / 255.0, tolerance / 255);
        assertEquals(List.of(), image.warnings());
    }

    @Test
    void profilesAreAppliedInEveryFormat() throws IOException {
        assertColour(png(iccp(displayP3())), 217, 42, 23, 1.5);
        assertColour(png(iccp(adobeRgb())), 231, 57, 34, 1.5);
        assertColour(png(chunk("cICP", new byte[] {12, 13, 0, 1})), 217, 42, 23, 1.5);
        assertColour(png(iccp(adobeRgb()), chunk("cICP", new byte[] {1, 13, 0, 1})), 200, 60, 40, 0.01);
        assertColour(png(), 200, 60, 40, 0.01);
        assertColour(jpeg(card(), icc(displayP3())), 217, 42, 23, 4);
        assertColour(jpeg(card(), icc(adobeRgb())), 231, 57, 34, 4);
    }

    @Test
    void aWebpsProfileIsAppliedToo() throws IOException {
        byte[] plain = Pictures.resource("lossless.webp");
        byte[] image = Arrays.copyOfRange(plain, 12, plain.length);
        byte[] profile = displayP3();
        byte[] extended = {0x20, 0, 0, 0, 23, 0, 0, 15, 0, 0};
        byte[] chunks = joined(riff("VP8X", extended), riff("ICCP", profile), image);
        byte[] webp = joined(ascii("RIFF"), little(chunks.length + 4), ascii("WEBP"), chunks);
        Image converted = Image.read(webp);
        Image stored = Image.read(plain);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] png = encoded(stored.toBufferedImage(), "png");
        out.writeBytes(joined(Arrays.copyOf(png, 33), iccp(profile), Arrays.copyOfRange(png, 33, png.length)));
        assertArrayEquals(Image.read(out.toByteArray()).rgb(), converted.rgb());
    }

    private static byte[] little(int value) {
        return ByteBuffer.allocate(4).putInt(Integer.reverseBytes(value)).array();
    }

    private static byte[] riff(String type, byte[] data) {
        return joined(ascii(type), little(data.length), data, new byte[data.length & 1]);
    }

    @Test
    void profilesThatSaySrgbTouchNoNumber() throws IOException {
        double[][] srgb = {{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.7141}};
        assertArrayEquals(
                Image.read(png()).rgb(), Image.read(png(iccp(profile(srgb, 0)))).rgb());
    }

    @Test
    void profilesThatCannotBeUsedAreIgnoredAndNamed() throws IOException {
        byte[] grey = displayP3();
        System.arraycopy(ascii("GRAY"), 0, grey, 16, 4);
        byte[] cut = Arrays.copyOf(displayP3(), 200);
        for (byte[] bad : new byte[][] {new byte[0], ascii("nonsense"), grey, cut}) {
            for (byte[] picture : new byte[][] {png(iccp(bad)), jpeg(card(), icc(bad))}) {
                Image image = Image.read(picture);
                assertPixel(image, 16, 16, 200 / 255.0, 60 / 255.0, 40 / 255.0, 0.01);
                assertEquals(1, image.warnings().size());
                assertTrue(image.warnings().get(0).startsWith("The colour profile of the picture is ignored: "));
                assertEquals(image.warnings(), image.resize(8, 8).warnings());
            }
        }
        Image hdr = Image.read(png(chunk("cICP", new byte[] {9, 16, 0, 1})));
        assertTrue(
                hdr.warnings().get(0).contains("primaries 9 and transfer 16"),
                hdr.warnings().toString());
    }

    @Test
    void jpegsAreReadAsViewersReadThem() throws IOException {
        byte[] plain = encoded(pattern(), "jpeg");
        Image expected = Image.read(plain);
        int end = plain.length;
        byte[] withoutEnd = Arrays.copyOf(plain, end - 2);
        byte[] zerosBehind = Arrays.copyOf(plain, end + 7);
        byte[] extraneous = joined(withoutEnd, new byte[] {0, 0, 1, 2}, Arrays.copyOfRange(plain, end - 2, end));
        byte[] padding = joined(
                Arrays.copyOf(plain, 20), new byte[] {0, 17, (byte) 0xff, 0}, Arrays.copyOfRange(plain, 20, end));
        byte[] cutAdobe = jpeg(pattern(), segment(0xee, ascii("Adobe\0d")));
        byte[] ycck = jpeg(pattern(), segment(0xee, ascii("Adobe\0d\0\0\0\0"), new byte[] {2}));
        for (byte[] odd : new byte[][] {withoutEnd, zerosBehind, extraneous, padding, cutAdobe, ycck}) {
            assertArrayEquals(expected.rgb(), Image.read(odd).rgb());
        }
        assertThrows(ImageException.class, () -> Image.read(Arrays.copyOf(plain, end - 60)));
    }

    /** Literals of 11 bits, as some programs write them: 12-bit codes, "clear" at 2048, "end" at 2049, and runs from 2050 on. */
    @Test
    void aGifOfWideCodesIsRead() throws IOException {
        byte[] plain = encoded(pattern(), "gif");
        int descriptor = GifPlace.descriptor(plain);
        int start =
                descriptor + 10 + ((plain[descriptor + 9] & 0x80) == 0 ? 0 : 3 * (2 << (plain[descriptor + 9] & 7)));
        byte[] small = Arrays.copyOf(plain, start);
        ByteBuffer.wrap(small)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(descriptor + 5, (short) 3)
                .putShort(descriptor + 7, (short) 2);
        byte[] wide = joined(small, codes(11, 12, 2048, 5, 7, 2050, 5, 7, 2049));
        byte[] standard = joined(small, codes(8, 9, 256, 5, 7, 5, 7, 5, 7, 257));
        assertArrayEquals(Image.read(standard).rgb(), Image.read(wide).rgb());

        // The code that is not there yet, 2051 right after 2050 was made, repeats the last run and its first colour.
        byte[] repeated = joined(small, codes(11, 12, 2048, 5, 2050, 2051, 2049));
        byte[] six = joined(small, codes(8, 9, 256, 5, 5, 5, 5, 5, 5, 257));
        assertArrayEquals(Image.read(six).rgb(), Image.read(repeated).rgb());

        assertSame(wide, GifCodes.standard(wide, descriptor, 5), "a frame that the limit refuses is not unpacked");

        byte[] large = small.clone();
        ByteBuffer.wrap(large)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(descriptor + 5, (short) 30)
                .putShort(descriptor + 7, (short) 25);
        int[] longer = new int[41];
        Arrays.setAll(longer, i -> i == 0 ? 2048 : i == 1 ? 5 : i == 40 ? 2049 : 2048 + i);
        Image filled = Image.read(joined(large, codes(11, 12, longer)));
        float[] colour = Arrays.copyOf(Image.read(six).rgb(), 3);
        for (int i = 0; i < filled.rgb().length; i += 3) {
            assertArrayEquals(colour, Arrays.copyOfRange(filled.rgb(), i, i + 3), "pixel " + i / 3);
        }

        for (byte[] broken : new byte[][] {
            codes(11, 12, 2048, 5, 3000), codes(11, 12, 2048, 5, 7), codes(11, 12, 2048, 300, 7, 7, 7, 7, 7, 2049)
        }) {
            assertThrows(ImageException.class, () -> Image.read(joined(small, broken)));
        }
    }

    /** A frame's data: the literals' width, one block of codes, the end of the blocks and of the file. */
    private static byte[] codes(int literalBits, int width, int... codes) {
        BigInteger packed = BigInteger.ZERO;
        for (int i = codes.length - 1; i >= 0; i--) {
            packed = packed.shiftLeft(width).or(BigInteger.valueOf(codes[i]));
        }
        int size = (codes.length * width + 7) / 8;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(literalBits);
        out.write(size);
        for (int i = 0; i < size; i++) {
            out.write(packed.shiftRight(8 * i).intValue());
        }
        out.write(0);
        out.write(';');
        return out.toByteArray();
    }

    @Test
    void aGifsFirstFrameIsPaintedAtItsPlace() throws IOException {
        byte[] gif = encoded(pattern(), "gif");
        byte[] small = gif.clone();
        int descriptor = 13 + 3 * (2 << (gif[10] & 7));
        while (small[descriptor] != 0x2c) {
            descriptor += 2;
            while (small[descriptor] != 0) {
                descriptor += 1 + (small[descriptor] & 0xff);
            }
            descriptor++;
        }
        small[6] = 40;
        small[8] = 30;
        small[descriptor + 1] = 5;
        small[descriptor + 3] = 7;
        Image image = Image.read(small);
        assertEquals(List.of(30, 40), List.of(image.height(), image.width()));
        assertPixel(image, 0, 0, 1, 1, 1, 0);
        Image frame = Image.read(gif);
        float[] rgb = frame.rgb();
        assertPixel(
                image, 7 + 3, 5 + 9, rgb[3 * (3 * 24 + 9)], rgb[3 * (3 * 24 + 9) + 1], rgb[3 * (3 * 24 + 9) + 2], 0);
        assertPixel(image, 29, 39, 1, 1, 1, 0);
    }

    @Test
    void sizesThatSoFewBytesCannotFillAreRefusedFromTheHeader() throws IOException {
        byte[] png = encoded(card(), "png");
        byte[] lying = png.clone();
        ByteBuffer.wrap(lying).putInt(16, 8192).putInt(20, 8192);
        String message =
                assertThrows(ImageException.class, () -> Image.read(lying)).getMessage();
        assertTrue(message.contains("height 8192 and width 8192 need at least"), message);
        ImageLimits limits = ImageLimits.defaults().withMaxPixels(1000);
        String limited = assertThrows(ImageException.class, () -> Image.read(png, limits))
                .getMessage();
        assertTrue(limited.contains("must have at most 1000 pixels, got height 32 x width 32"), limited);
        assertThrows(ImageException.class, () -> new ImageLimits(0, 1));
        assertThrows(ImageException.class, () -> new ImageLimits(1, Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource({
        "a HEIC, '\0\0\0\30ftypheic'",
        "an AVIF, '\0\0\0\34ftypavif'",
        "a TIFF, 'II*\0\b\0\0\0'",
        "a TIFF, 'MM\0*\0\0\0\b'"
    })
    void formatsThatAreKnownAndNotReadAreNamed(String name, String start) {
        byte[] bytes = Arrays.copyOf(start.getBytes(StandardCharsets.ISO_8859_1), 64);
        String message =
                assertThrows(ImageException.class, () -> Image.read(bytes)).getMessage();
        assertTrue(message.contains("got " + name + " picture; save it as PNG or JPEG"), message);
    }

    @Test
    void theOrientationInXmpCountsWhereExifHasNone() throws IOException {
        for (String xmp : new String[] {"<x tiff:Orientation=\"6\"/>", "<tiff:Orientation> 6 </tiff:Orientation>"}) {
            Image image =
                    Image.read(jpeg(pattern(), segment(0xe1, ascii("http://ns.adobe.com/xap/1.0/\0"), ascii(xmp))));
            assertEquals(List.of(24, 16), List.of(image.height(), image.width()));
        }
        byte[] png = encoded(pattern(), "png");
        byte[] itxt = chunk("iTXt", ascii("XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation='3'/>"));
        Image turned = Image.read(joined(Arrays.copyOf(png, 33), itxt, Arrays.copyOfRange(png, 33, png.length)));
        assertEquals(16, turned.height());
        assertPixel(turned, 15, 23, 0, 0, 0, 0);
        assertPattern(Image.read(png), 1e-6);
    }

    @Test
    void aLargeCropIsSaid() {
        Image wide = Image.of(100, 200, new float[3 * 100 * 200]);
        assertEquals(List.of(), wide.resizeToCover(100, 180).warnings());
        assertEquals(
                List.of(
                        "50 % of the picture is cut off: it has 200 x 100 pixels and is shown as 64 x 64; give a size of its"
                                + " shape to keep it whole"),
                wide.resizeToCover(64, 64).warnings());
    }
}
