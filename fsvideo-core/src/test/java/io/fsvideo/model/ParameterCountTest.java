package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.weights.Weights;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Parameters of the published sizes, counted without allocating any. */
@ExtendWith(TestArena.class)
class ParameterCountTest {
    private static long count(Arena a, Function<Weights, ?> constructor) {
        return Weights.requests(a.backend(), constructor).count();
    }

    @Test
    void matchesWan21(Arena a) {
        assertEquals(1_418_996_800L, count(a, w -> new Dit(w, DitConfig.wan21T2v1_3B())));
        assertEquals(14_288_491_584L, count(a, w -> new Dit(w, DitConfig.wan21T2v14B())));
        assertEquals(16_394_878_784L, count(a, w -> new Dit(w, DitConfig.wan21I2v14B())));
    }

    /** Positions of both pictures' rows are all that first-last-frame adds. */
    @Test
    void matchesWan21FirstLastFrame(Arena a) {
        assertEquals(16_394_878_784L + 514 * 1280, count(a, w -> new Dit(w, DitConfig.wan21Flf2v14B())));
    }

    @Test
    void matchesDcVideoGen(Arena a) {
        assertEquals(14_288_163_872L, count(a, w -> new Dit(w, DitConfig.dcVideoGenT2v14B())));
        assertEquals(16_394_325_792L, count(a, w -> new Dit(w, DitConfig.dcVideoGenI2v14B())));
    }

    @Test
    void matchesFsvideo(Arena a) {
        DitConfig config = DitConfig.fsvideo14B();
        long routers = 4_194_099;
        assertEquals(16_399_994_547L, count(a, w -> new Dit(w, config)));
        assertEquals(16_399_994_547L - routers, count(a, w -> new Dit(w, config, LayerMemory.named("none"))));
    }

    @Test
    void matchesUmt5Xxl(Arena a) {
        assertEquals(5_680_910_336L, count(a, w -> new TextEncoder(w, TextEncoderConfig.umt5Xxl())));
    }

    /** Counted by hand: patches 588 dim, class token and 257 positions, first norm, 31 blocks of 12 dim^2 + 13 dim. */
    @Test
    void matchesClipVitHWithoutItsLastLayer(Arena a) {
        long dim = 1280;
        long block = 12 * dim * dim + 13 * dim;
        assertEquals(
                588 * dim + dim + 257 * dim + 2 * dim + 31 * block,
                count(a, w -> new ImageEncoder(w, ImageEncoderConfig.clipVitH())));
    }
}
