package io.fsvideo.media;

import static io.fsvideo.media.Pictures.assertPixel;

import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;

class CmykJpegTest {
    /** Each stored sample of a flat picture is within one level; two of them multiply. */
    private static final double TOLERANCE = 3 / 255.0;

    @Test
    void readsInvertedInkWithAdobeMarker() throws IOException {
        Image image = Image.read(withAdobe(jpeg(200, 100, 50, 204), 0));
        assertPixel(image, 8, 8, 0.8 * 200 / 255, 0.8 * 100 / 255, 0.8 * 50 / 255, TOLERANCE);
    }

    @Test
    void readsPlainInkWithoutMarker() throws IOException {
        Image image = Image.read(jpeg(55, 155, 205, 51));
        assertPixel(image, 8, 8, 0.8 * 200 / 255, 0.8 * 100 / 255, 0.8 * 50 / 255, TOLERANCE);
    }

    /** Samples are the YCbCr of ink 55, 155, 205, by JFIF's formulas; black is stored inverted. */
    @Test
    void readsYcck() throws IOException {
        double luma = 0.299 * 55 + 0.587 * 155 + 0.114 * 205;
        int cb = (int) Math.round(128 + (205 - luma) / 1.772);
        int cr = (int) Math.round(128 + (55 - luma) / 1.402);
        Image image = Image.read(withAdobe(jpeg((int) Math.round(luma), cb, cr, 204), 2));
        assertPixel(image, 8, 8, 0.8 * 200 / 255, 0.8 * 100 / 255, 0.8 * 50 / 255, TOLERANCE);
    }

    /** A flat 16 x 16 JPEG of four components stored as they are. */
    private static byte[] jpeg(int... samples) throws IOException {
        WritableRaster raster = Raster.createInterleavedRaster(0, 16, 16, 4, null);
        for (int i = 0; i < 256; i++) {
            raster.setPixel(i % 16, i / 16, samples);
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(raster, null, null), null);
        } finally {
            writer.dispose();
        }
        return withoutApplicationSegments(bytes.toByteArray());
    }

    private static byte[] withoutApplicationSegments(byte[] jpeg) {
        byte[] rest = Arrays.copyOfRange(jpeg, 2, jpeg.length);
        while ((rest[1] & 0xf0) == 0xe0) {
            rest = Arrays.copyOfRange(rest, 2 + ((rest[2] & 0xff) << 8 | rest[3] & 0xff), rest.length);
        }
        return Pictures.joined(Arrays.copyOf(jpeg, 2), rest);
    }

    private static byte[] withAdobe(byte[] jpeg, int transform) {
        byte[] start = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xee, 0, 14};
        byte[] end = {0, 100, 0, 0, 0, 0, (byte) transform};
        byte[] adobe = "Adobe".getBytes(StandardCharsets.US_ASCII);
        return Pictures.joined(start, adobe, end, Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }
}
