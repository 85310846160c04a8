package io.fsvideo.media;

import static io.fsvideo.media.Pictures.assertPattern;
import static io.fsvideo.media.Pictures.assertPixel;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReadTest {
    /** Values k/255 are rounded once to float. */
    private static final double EXACT = 1e-7;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void readsLosslessFormats(String format) throws IOException {
        assertPattern(Image.read(Pictures.encoded(Pictures.pattern(), format)), EXACT);
    }

    @Test
    void readsTheSameFromFileBytesAndStream() throws IOException {
        byte[] bytes = Pictures.encoded(Pictures.pattern(), "png");
        Path misnamed = Files.write(directory.resolve("misnamed.jpg"), bytes);
        assertPattern(Image.read(misnamed), EXACT);
        assertPattern(Image.read(new ByteArrayInputStream(bytes)), EXACT);
        assertPattern(Image.of(Pictures.pattern()), EXACT);
    }

    @Test
    void readsLosslessWebp() throws IOException {
        assertPattern(Image.read(Pictures.resource("lossless.webp")), EXACT);
    }

    @Test
    void readsLossyWebp() throws IOException {
        Image image = Image.read(Pictures.resource("lossy.webp"));
        assertEquals(16, image.height());
        assertEquals(24, image.width());
        // Quality 95 with halved chroma: corners of the smooth red and green ramps stay within a few levels.
        assertPixel(image, 1, 1, 10 / 255.0, 16 / 255.0, 1 / 255.0, 0.06);
        assertPixel(image, 8, 12, 120 / 255.0, 128 / 255.0, 96 / 255.0, 0.06);
    }

    @Test
    void compositesWebpAlphaOverWhite() throws IOException {
        Image image = Image.read(Pictures.resource("alpha.webp"));
        assertPixel(image, 3, 7, 70 / 255.0, 48 / 255.0, 21 / 255.0, EXACT);
        double alpha = 128 / 255.0;
        assertPixel(image, 0, 10, alpha * 100 / 255 + 1 - alpha, 1 - alpha, 1 - alpha, EXACT);
        assertPixel(image, 15, 23, 1, 1, 1, EXACT);
    }

    @Test
    void readsTheFirstGifFrame() throws IOException {
        Video clip = Video.ofFloats(new float[] {1, -1, -1, 1, -1, -1, -1, 1, -1, -1, 1, -1}, 1, 2, 10);
        clip.write(directory.resolve("clip.gif"));
        Image image = Image.read(directory.resolve("clip.gif"));
        assertEquals(2, image.width());
        assertPixel(image, 0, 0, 1, 0, 0, EXACT);
    }

    @Test
    void readsPaletteWithTransparency() throws IOException {
        byte[] red = {10, (byte) 200};
        byte[] alpha = {(byte) 255, 51};
        IndexColorModel palette = new IndexColorModel(1, 2, red, red, new byte[] {90, 0}, alpha);
        BufferedImage image = new BufferedImage(9, 1, BufferedImage.TYPE_BYTE_BINARY, palette);
        image.getRaster().setSample(8, 0, 0, 1);
        Image read = Image.read(Pictures.encoded(image, "png"));
        assertPixel(read, 0, 0, 10 / 255.0, 10 / 255.0, 90 / 255.0, EXACT);
        assertPixel(read, 0, 8, 0.2 * 200 / 255 + 0.8, 0.2 * 200 / 255 + 0.8, 0.8, EXACT);
    }

    @Test
    void takesGreyNumbersAsTheyAre() throws IOException {
        BufferedImage image = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 256; x++) {
            image.getRaster().setSample(x, 0, 0, x);
        }
        Image read = Image.read(Pictures.encoded(image, "png"));
        for (int x = 0; x < 256; x++) {
            assertPixel(read, 0, x, x / 255.0, x / 255.0, x / 255.0, EXACT);
        }
        Image flat = Image.read(Pictures.encoded(flatGrey(77), "jpeg"));
        assertPixel(flat, 7, 7, 77 / 255.0, 77 / 255.0, 77 / 255.0, 1.01 / 255);
    }

    @Test
    void keepsSixteenBits() throws IOException {
        BufferedImage image = component(4, 4, DataBuffer.TYPE_USHORT);
        int[] stored = {1, 257, 65534, 65535, 1000, 2000, 3000, 6553};
        for (int i = 0; i < 8; i++) {
            image.getRaster().setSample(i / 4, 0, i % 4, stored[i]);
        }
        Image read = Image.read(Pictures.encoded(image, "png"));
        assertPixel(read, 0, 0, 1 / 65535.0, 257 / 65535.0, 65534 / 65535.0, EXACT);
        double alpha = 6553 / 65535.0;
        double white = 1 - alpha;
        assertPixel(
                read,
                0,
                1,
                white + alpha * 1000 / 65535,
                white + alpha * 2000 / 65535,
                white + alpha * 3000 / 65535,
                EXACT);
        BufferedImage grey = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        grey.getRaster().setSample(1, 0, 0, 12345);
        Image greyRead = Image.read(Pictures.encoded(grey, "png"));
        assertPixel(greyRead, 0, 1, 12345 / 65535.0, 12345 / 65535.0, 12345 / 65535.0, EXACT);
    }

    @Test
    void readsJpegColours() throws IOException {
        BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 1024; i++) {
            image.setRGB(i % 32, i / 32, 0xc86432);
        }
        // Flat blocks lose only the rounding of YCbCr and of one DC coefficient.
        assertPixel(
                Image.read(Pictures.encoded(image, "jpeg")), 16, 16, 200 / 255.0, 100 / 255.0, 50 / 255.0, 3 / 255.0);
    }

    @Test
    void handsOutCopies() {
        Image image = Image.of(1, 1, new float[] {0, 0.5f, 1});
        image.rgb()[0] = 1;
        assertPixel(image, 0, 0, 0, 0.5, 1, 0);
        assertEquals(0f, image.toFloats()[1]);
        assertEquals(-1f, image.toFloats()[0]);
        assertEquals(1f, image.toFloats()[2]);
        assertEquals(0xff0080ff, image.toBufferedImage().getRGB(0, 0));
    }

    private static BufferedImage flatGrey(int value) {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) {
            image.getRaster().setSample(i % 16, i / 16, 0, value);
        }
        return image;
    }

    private static BufferedImage component(int width, int bands, int type) {
        ColorSpace space = ColorSpace.getInstance(ColorSpace.CS_sRGB);
        var model = new ComponentColorModel(space, bands == 4, false, Transparency.TRANSLUCENT, type);
        WritableRaster raster = model.createCompatibleWritableRaster(width, 1);
        return new BufferedImage(model, raster, false, null);
    }
}
