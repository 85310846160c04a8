package io.fsvideo.demo.motion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.demo.pictures.HeldOut;
import io.fsvideo.demo.pictures.TrueClip;
import io.fsvideo.media.Image;
import io.fsvideo.media.Video;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MotionMeasureTest {
    private static final int SIDE = 256;

    /** Bilinear samples of the moved plane blur it, which moves the peak by less than this. */
    private static final double PIXEL_TOLERANCE = 0.1 / SIDE;

    private static List<Image> pictures;

    @BeforeAll
    static void draw() {
        pictures = HeldOut.pictures(List.of(Path.of("../examples")), 3, 0, 512).stream()
                .map(HeldOut.Picture::image)
                .toList();
    }

    private static Similarity measured(Image picture, Similarity truth) {
        Plane plane = Plane.of(picture, 2 * SIDE);
        return MotionMeasure.between(window(plane, Similarity.NONE), window(plane, truth));
    }

    /** The centre of a plane of twice the side after its content has moved. */
    private static Plane window(Plane plane, Similarity moved) {
        double[] values = new double[SIDE * SIDE];
        double cos = Math.cos(moved.angle()) / moved.scale();
        double sin = Math.sin(moved.angle()) / moved.scale();
        for (int i = 0; i < values.length; i++) {
            double x = i % SIDE - (SIDE - 1) / 2.0 - moved.dx() * SIDE;
            double y = i / SIDE - (SIDE - 1) / 2.0 - moved.dy() * SIDE;
            values[i] = plane.at(cos * x + sin * y, cos * y - sin * x);
        }
        return new Plane(SIDE, values);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "3, -2", "10.25, 7.5", "-40.6, 0.3", "0.5, 75.5", "33.3, -61.7"})
    void shiftsToATenthOfAPixel(double dx, double dy) {
        for (Image picture : pictures) {
            Similarity found = measured(picture, new Similarity(dx / SIDE, dy / SIDE, 1, 0));
            assertEquals(dx / SIDE, found.dx(), PIXEL_TOLERANCE);
            assertEquals(dy / SIDE, found.dy(), PIXEL_TOLERANCE);
            assertEquals(1, found.scale(), 1e-3);
            assertEquals(0, found.angle(), 1e-3);
        }
    }

    @ParameterizedTest
    @CsvSource({"1.05, 0", "1.3, 0", "0.7, 0", "1.6, 0", "1, 0.1", "1, -0.4", "1, 0.55", "1.2, 0.2", "0.8, -0.3"})
    void scalesAndTurnsToHalfAStepOfTheGrid(double scale, double angle) {
        for (Image picture : pictures) {
            Similarity found = measured(picture, new Similarity(0, 0, scale, angle));
            assertEquals(0, Math.log(found.scale() / scale), 0.01);
            assertEquals(angle, found.angle(), 0.01);
        }
    }

    @ParameterizedTest
    @EnumSource(Motion.class)
    void trueClipsMoveAsTheyWereMade(Motion motion) {
        for (Image picture : pictures) {
            TrueClip clip = new TrueClip(motion, TrueClip.USUAL_SPEED);
            Similarity found = MotionMeasure.of(clip.render(picture, 2, SIDE, SIDE, 12));
            assertTrue(motion.matches(found), motion + " got " + found);
            for (Motion other : Motion.values()) {
                assertEquals(other == motion, other.matches(found), other + " got " + found);
            }
            assertEquals(motion.along(clip.content(1)), motion.along(found), 0.01);
        }
    }

    @Test
    void stillNoisyOrFlatClipsDoNotMove() {
        Image picture = pictures.get(0).resize(SIDE, SIDE);
        float[] still = picture.toFloats();
        assertMatchesNothing(twoFrames(still, still));
        float[] darker = still.clone();
        for (int i = 0; i < darker.length; i++) {
            darker[i] = 0.5f * darker[i] - 0.4f;
        }
        assertMatchesNothing(twoFrames(still, darker));
        float[] flat = new float[still.length];
        assertMatchesNothing(twoFrames(flat, flat));
        assertMatchesNothing(twoFrames(still, flat));
    }

    private static Video twoFrames(float[] first, float[] last) {
        float[] both = new float[2 * first.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(last, 0, both, first.length, last.length);
        return Video.ofFloats(both, SIDE, SIDE, 12);
    }

    private static void assertMatchesNothing(Video video) {
        Similarity found = MotionMeasure.of(video);
        for (Motion motion : Motion.values()) {
            assertFalse(motion.matches(found), motion + " got " + found);
        }
    }
}
