package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Weights;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** DC-AE-V beyond its reference run. */
@ExtendWith(TestArena.class)
class DcAeVTest {
    private static DcAeV load(Arena a) {
        DcAeVConfig config = DcAeVConfig.tiny();
        return Weights.load(a, new RandomSource(3), DType.F32, w -> new DcAeV(w, config));
    }

    private static long parameters(Arena a, DcAeVConfig config) {
        return Weights.requests(a.backend(), w -> new DcAeV(w, config)).count();
    }

    @Test
    void fullChunksGiveTheBitsOfTheWholeClip(Arena a) {
        DcAeV model = load(a);
        Tensor video = a.noise(DType.F32, 5, 0, 2, 16, 32, 64, 3);
        Tensor latent = model.encode(a, video);
        assertEquals(Shape.of(2, 4, 1, 2, 8), latent.shape());
        assertSame("latent", model.encodeAtOnce(a, video), latent);
        assertSame("video", model.decodeAtOnce(a, latent), model.decode(a, latent));
    }

    /** Upstream's seam: the rest of a clip neither reads nor changes what earlier chunks left. */
    @Test
    void aShortLastChunkSeesItselfOnly(Arena a) {
        DcAeV model = load(a);
        Tensor video = a.noise(DType.F32, 5, 0, 1, 20, 32, 32, 3);
        Tensor rest = a.slice(video, 1, 16, 20);
        Tensor latent = model.encode(a, video);
        assertSame("latent of the rest", model.encode(a, rest), a.slice(latent, 1, 4, 5));
        Tensor start = a.slice(video, 1, 0, 16);
        assertSame("latent of the start", model.encode(a, start), a.slice(latent, 1, 0, 4));
    }

    @Test
    void laterChunksSeeEarlierOnesOnly(Arena a) {
        DcAeV model = load(a);
        Tensor video = a.noise(DType.F32, 5, 0, 1, 16, 32, 32, 3);
        Tensor second = a.slice(video, 1, 8, 16);
        Tensor latent = model.encode(a, video);
        assertSame("first chunk", model.encode(a, a.slice(video, 1, 0, 8)), a.slice(latent, 1, 0, 2));
        assertFalse(
                Arrays.equals(
                        model.encode(a, second).toFloats(),
                        a.slice(latent, 1, 2, 4).toFloats()),
                "the second chunk must see the first");
    }

    @Test
    void hasThePublishedSizes(Arena a) {
        assertEquals(2_138_635_436L, parameters(a, DcAeVConfig.f32t4c32()));
        assertEquals(2_717_281_804L, parameters(a, DcAeVConfig.f64t4c128()));
        assertEquals(64, DcAeVConfig.f64t4c128().spatialFactor());
        for (DcAeVConfig config : List.of(DcAeVConfig.f32t4c32(), DcAeVConfig.f64t4c128(), DcAeVConfig.tiny())) {
            assertEquals(config, DcAeVConfig.fromJson(config.toJson()));
        }
    }

    @Test
    void namesWhatIsWrong(Arena a) {
        DcAeV model = load(a);
        Tensor video = a.fill(DType.F32, 0, 1, 5, 32, 32, 3);
        assertEquals(
                "encode: video must be [batch, frames, height, width, 3] with frames a multiple of 4 and height and"
                        + " width of 32, got fill [1, 5, 32, 32, 3] F32",
                assertThrows(ShapeException.class, () -> model.encode(a, video)).getMessage());
        List<Integer> widths = List.of(8, 8, 18);
        List<Integer> depths = List.of(0, 1, 1);
        assertEquals(
                "config: width_list[2] of the encoder must be a multiple of 4, got [8, 8, 18]",
                assertThrows(
                                ConfigException.class,
                                () -> new DcAeVConfig(8, 8, 4, widths, widths, depths, depths, 1e-5f, 1))
                        .getMessage());
    }
}
