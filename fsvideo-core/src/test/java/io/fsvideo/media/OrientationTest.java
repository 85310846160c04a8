package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Four flat quarters stand for the corners; the names are those seen at top left, top right, bottom left, bottom right. */
class OrientationTest {
    private static final int HEIGHT = 32;
    private static final int WIDTH = 64;
    private static final int[] COLOURS = {0xe02020, 0x20e020, 0x2020e0, 0xe0e0e0};

    /** Stored quarters 0 1 / 2 3; the expected ones follow from where EXIF says row 0 and column 0 are. */
    @ParameterizedTest
    @CsvSource({
        "1, 0123", "2, 1032", "3, 3210", "4, 2301",
        "5, 0213", "6, 2031", "7, 3120", "8, 1302"
    })
    void turnsUpright(int orientation, String quarters) throws IOException {
        byte[] exif = tiff(orientation);
        byte[] jpeg = Pictures.encoded(stored(), "jpeg");
        check(quarters, Image.read(withApp1(jpeg, exif)));
        byte[] png = Pictures.encoded(stored(), "png");
        int headerEnd = 33;
        check(
                quarters,
                Image.read(Pictures.joined(
                        Arrays.copyOf(png, headerEnd),
                        Pictures.chunk("eXIf", exif),
                        Arrays.copyOfRange(png, headerEnd, png.length))));
    }

    @Test
    void readsOrientationOfWebp() throws IOException {
        byte[] simple = Pictures.resource("lossless.webp");
        byte[] exif = tiff(6);
        byte[] extended = {'V', 'P', '8', 'X', 10, 0, 0, 0, 8, 0, 0, 0, 23, 0, 0, 15, 0, 0};
        byte[] header = {'E', 'X', 'I', 'F', (byte) exif.length, 0, 0, 0};
        byte[] body = Pictures.joined(extended, Arrays.copyOfRange(simple, 12, simple.length), header, exif);
        ByteBuffer riff = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        riff.put(simple, 0, 4).putInt(4 + body.length).put(simple, 8, 4);
        Image image = Image.read(Pictures.joined(riff.array(), body));
        assertEquals(24, image.height());
        assertEquals(16, image.width());
        Pictures.assertPixel(image, 5, 0, 50 / 255.0, 240 / 255.0, 75 / 255.0, 1e-7);
    }

    @Test
    void ignoresImpossibleOrientation() throws IOException {
        check("0123", Image.read(withApp1(Pictures.encoded(stored(), "jpeg"), tiff(9))));
        byte[] cut = Arrays.copyOf(tiff(6), 12);
        check("0123", Image.read(withApp1(Pictures.encoded(stored(), "jpeg"), cut)));
    }

    private static void check(String quarters, Image image) {
        boolean swapped = "0213 2031 3120 1302".contains(quarters);
        assertEquals(swapped ? WIDTH : HEIGHT, image.height());
        assertEquals(swapped ? HEIGHT : WIDTH, image.width());
        for (int i = 0; i < 4; i++) {
            int y = image.height() * (1 + 2 * (i / 2)) / 4;
            int x = image.width() * (1 + 2 * (i % 2)) / 4;
            int colour = COLOURS[quarters.charAt(i) - '0'];
            Pictures.assertPixel(
                    image,
                    y,
                    x,
                    (colour >> 16) / 255.0,
                    (colour >> 8 & 0xff) / 255.0,
                    (colour & 0xff) / 255.0,
                    5 / 255.0); // JPEG of flat blocks
        }
    }

    private static BufferedImage stored() {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                image.setRGB(x, y, COLOURS[2 * (2 * y / HEIGHT) + 2 * x / WIDTH]);
            }
        }
        return image;
    }

    /** A TIFF block with one directory that holds only the orientation. */
    private static byte[] tiff(int orientation) {
        ByteBuffer tiff = ByteBuffer.allocate(26)
                .putShort((short) 0x4d4d)
                .putShort((short) 42)
                .putInt(8);
        tiff.putShort((short) 1).putShort((short) 0x0112).putShort((short) 3).putInt(1);
        return tiff.putShort((short) orientation).putShort((short) 0).putInt(0).array();
    }

    private static byte[] withApp1(byte[] jpeg, byte[] tiff) {
        ByteBuffer segment = ByteBuffer.allocate(10 + tiff.length).putShort((short) 0xffe1);
        segment.putShort((short) (8 + tiff.length))
                .put(new byte[] {'E', 'x', 'i', 'f', 0, 0})
                .put(tiff);
        return Pictures.joined(Arrays.copyOf(jpeg, 2), segment.array(), Arrays.copyOfRange(jpeg, 2, jpeg.length));
    }
}
