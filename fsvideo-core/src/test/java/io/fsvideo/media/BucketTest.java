package io.fsvideo.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketTest {
    @ParameterizedTest
    @CsvSource({
        "720, 1280, 768, 1280",
        "1080, 1920, 768, 1280",
        "3000, 4000, 768, 1024",
        "2000, 3000, 768, 1152",
        "999, 1000, 896, 896",
        "1, 100000, 128, 7680"
    })
    void picksTheNearestOfThe720pClass(int imageHeight, int imageWidth, int height, int width) {
        assertEquals(new Bucket(height, width), Bucket.nearest(imageHeight, imageWidth, Bucket.AREA_720P));
        assertEquals(new Bucket(width, height), Bucket.nearest(imageWidth, imageHeight, Bucket.AREA_720P));
    }

    @Test
    void smallestSquareClass() {
        assertEquals(new Bucket(256, 256), Bucket.nearest(600, 600, Bucket.AREA_256));
        assertEquals(new Bucket(256, 256), Bucket.nearest(600, 800, Bucket.AREA_256));
        assertEquals(new Bucket(256, 256), Bucket.nearest(427, 640, Bucket.AREA_256));
        assertEquals(new Bucket(128, 384), Bucket.nearest(100, 300, Bucket.AREA_256));
        assertEquals(new Bucket(128, 128), Bucket.nearest(9, 16, 128 * 128));
    }

    @Test
    void everyChoiceFitsFillsAndTransposes() {
        for (int area = 128 * 128; area < 2_000_000; area += 77_777) {
            for (int height = 1; height < 3000; height += 97) {
                Bucket bucket = Bucket.nearest(height, 1000, area);
                assertTrue(bucket.area() <= area, () -> "over the budget: " + bucket);
                assertTrue((bucket.height() + 128L) * (bucket.width() + 128L) > area, "could grow: " + bucket);
                Bucket turned = Bucket.nearest(1000, height, area);
                assertEquals(new Bucket(bucket.width(), bucket.height()), turned);
            }
        }
    }

    @Test
    void refusesOtherSizes() {
        assertEquals(
                "Bucket: height must be a multiple of 128 (nearest: 640 or 768), got 720",
                assertThrows(ImageException.class, () -> new Bucket(720, 1280)).getMessage());
        assertEquals(
                "Bucket: width must be a multiple of 128 (nearest: 128), got 0",
                assertThrows(ImageException.class, () -> new Bucket(128, 0)).getMessage());
        assertThrows(ImageException.class, () -> Bucket.nearest(0, 5, 65536));
        assertThrows(ImageException.class, () -> Bucket.nearest(5, 5, 16383));
    }
}
