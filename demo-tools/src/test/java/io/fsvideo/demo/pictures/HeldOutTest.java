package io.fsvideo.demo.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.FsVideoException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    private static final int SIDE = 96;
    private static final Path EXAMPLES = Path.of("../examples");

    private static List<String> names(int count, long seed) {
        return HeldOut.pictures(List.of(EXAMPLES), count, seed, SIDE).stream()
                .map(HeldOut.Picture::name)
                .toList();
    }

    @Test
    void photographsComeFirstThenSeeds() {
        assertEquals(List.of("coffee", "rocket", "procedural-5", "procedural-6"), names(4, 5));
        assertEquals(List.of("coffee"), names(1, 5));
        FsVideoException missing =
                assertThrows(FsVideoException.class, () -> HeldOut.pictures(List.of(Path.of("nowhere")), 1, 0, SIDE));
        assertTrue(missing.getMessage().startsWith("held-out pictures: nowhere must be a folder of photographs, got "));
    }

    @Test
    void picturesHaveTheSideThatWasAskedFor() {
        for (HeldOut.Picture picture : HeldOut.pictures(List.of(EXAMPLES), 3, 0, SIDE)) {
            assertEquals(SIDE, picture.image().height(), picture.name());
            assertEquals(SIDE, picture.image().width(), picture.name());
        }
    }

    @Test
    void aSeedGivesOnePictureOfSomeContrast() {
        Set<Integer> pictures = new HashSet<>();
        for (long seed = 0; seed < 12; seed++) {
            float[] picture = new Procedural(seed).draw().rgb();
            assertTrue(deviation(picture) > 0.02, "seed " + seed);
            pictures.add(Arrays.hashCode(picture));
        }
        assertEquals(12, pictures.size());
        assertArrayEquals(
                new Procedural(3).draw().rgb(), new Procedural(3).draw().rgb());
    }

    private static double deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += value * value;
        }
        double mean = sum / values.length;
        return Math.sqrt(squares / values.length - mean * mean);
    }

    @Test
    void letteringHasNoHolesInItsAlphabet() {
        for (char letter : "abcdefghijklmnopqrstuvwxyz0123456789".toCharArray()) {
            assertFalse(Lettering.outline(String.valueOf(letter)).getBounds().isEmpty(), String.valueOf(letter));
        }
        assertEquals(2 * Lettering.ADVANCE + 5, Lettering.outline("nnn").getBounds().width);
        assertTrue(Lettering.outline(" ").getBounds().isEmpty());
    }
}
