package io.fsvideo.family.wan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TestArena.class)
class TilesTest {
    @Test
    void tilesCoverTheFrameAndOverlap() {
        Tiles tiles = new Tiles(4, 3, 4, 3);
        assertEquals(
                List.of(
                        new Tiles.Window(0, 4, 0, 4),
                        new Tiles.Window(0, 4, 3, 5),
                        new Tiles.Window(3, 5, 0, 4),
                        new Tiles.Window(3, 5, 3, 5)),
                tiles.windows(5, 5));
    }

    /** Tiles of a picture, cut and put together again, are the picture: where they overlap they agree. */
    @Test
    void cutTilesGiveThePictureBack(Arena a) {
        float[] picture = new float[2 * 7 * 9 * 2];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = i;
        }
        Tensor whole = a.of("picture", picture, 1, 2, 7, 9, 2);
        Tiles tiles = new Tiles(4, 3, 4, 3);
        List<Tensor> cut = new ArrayList<>();
        tiles.windows(7, 9).forEach(window -> cut.add(window.of(a, whole)));
        for (int frame = 0; frame < 2; frame++) {
            float[] expected = new float[7 * 9 * 2];
            System.arraycopy(picture, frame * expected.length, expected, 0, expected.length);
            assertArrayEquals(expected, tiles.frame(a, cut, frame, 7, 9), 1e-4f);
        }
    }

    /** Four constant tiles of 4 x 4 with an overlap of 2, by hand: down first, then right, of what is blended already. */
    @Test
    void overlapsFadeFromOneTileToTheNext(Arena a) {
        List<Tensor> tiles = new ArrayList<>();
        for (float value : new float[] {0, 8, 16, 32}) {
            float[] all = new float[16];
            Arrays.fill(all, value);
            tiles.add(a.of("tile", all, 1, 1, 4, 4, 1));
        }
        float[] frame = new Tiles(4, 2, 4, 2).frame(a, tiles, 0, 4, 4);
        float[] expected = {
            0, 0, 0, 4, //
            0, 0, 0, 4, //
            0, 0, 0, 2, //
            8, 8, 8, 13 //
        };
        assertArrayEquals(expected, frame);
    }
}
