package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.RandomSource;
import io.fsvideo.weights.Requests;
import io.fsvideo.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Wan's autoencoder beyond its reference run. */
@ExtendWith(TestArena.class)
class WanVaeTest {
    private static WanVae load(Arena a) {
        WanVaeConfig config = WanVaeConfig.tiny();
        return Weights.load(a, new RandomSource(3), DType.F32, w -> new WanVae(w, config));
    }

    static Stream<List<Integer>> splits() {
        return Stream.of(List.of(1, 4, 4), List.of(9), List.of(1, 1, 1, 1, 1, 1, 1, 1, 1), List.of(2, 3, 4));
    }

    @ParameterizedTest
    @MethodSource("splits")
    void encodesChunksAsTheWholeClip(List<Integer> split, Arena a) {
        WanVae vae = load(a);
        Tensor video = a.noise(DType.F32, 5, 0, 2, 9, 16, 24, 3);
        try (WanVaeStream stream = vae.encoderStream(a)) {
            assertSame("latent", vae.encode(a, video), streamed(a, stream, video, split));
        }
    }

    @ParameterizedTest
    @MethodSource("splits")
    void decodesChunksAsTheWholeClip(List<Integer> split, Arena a) {
        WanVae vae = load(a);
        Tensor latent = a.noise(DType.F32, 6, 0, 2, 9, 2, 3, 16);
        Tensor whole = vae.decode(a, latent);
        assertEquals(Shape.of(2, 33, 16, 24, 3), whole.shape());
        try (WanVaeStream stream = vae.decoderStream(a)) {
            assertSame("video", whole, streamed(a, stream, latent, split));
        }
    }

    private static Tensor streamed(Arena a, WanVaeStream stream, Tensor clip, List<Integer> split) {
        List<Tensor> parts = new ArrayList<>();
        long from = 0;
        for (int frames : split) {
            parts.add(stream.next(a, a.slice(clip, 1, from, from + frames)));
            from += frames;
        }
        return a.concat(1, parts);
    }

    @Test
    void laterFramesDoNotChangeEarlierLatents(Arena a) {
        WanVae vae = load(a);
        Tensor video = a.noise(DType.F32, 5, 0, 1, 9, 16, 16, 3);
        Tensor start = a.slice(video, 1, 0, 5);
        assertSame("latent", vae.encode(a, start), a.slice(vae.encode(a, video), 1, 0, 2));
    }

    @Test
    void streamsHoldLessThanTheWholeClip(Arena a) {
        WanVae vae = load(a);
        try (WanVaeStream stream = vae.decoderStream(a)) {
            stream.next(a, a.noise(DType.F32, 6, 0, 1, 3, 4, 4, 16));
            long after3 = stream.bytesInUse();
            stream.next(a, a.noise(DType.F32, 7, 0, 1, 5, 4, 4, 16));
            assertTrue(after3 > 0, "remembered after three frames");
            assertEquals(after3, stream.bytesInUse(), "remembered after eight frames");
        }
    }

    @Test
    void hasThePublishedSize(Arena a) {
        WanVaeConfig config = WanVaeConfig.wan21();
        Requests requests = Weights.requests(a.backend(), w -> new WanVae(w, config));
        assertEquals(126_892_531L, requests.count());
        assertEquals(194, requests.shapes().size());
        assertEquals(8, config.spatialFactor());
        assertEquals(4, config.frameFactor());
        assertEquals(config, WanVaeConfig.fromJson(config.toJson()));
    }

    @Test
    void namesWhatIsWrong(Arena a) {
        WanVae vae = load(a);
        Tensor four = a.fill(DType.F32, 0, 1, 4, 16, 16, 3);
        assertEquals(
                "encode: frames must be 1 + a multiple of 4, got fill [1, 4, 16, 16, 3] F32",
                assertThrows(ShapeException.class, () -> vae.encode(a, four)).getMessage());
        Tensor odd = a.fill(DType.F32, 0, 1, 5, 12, 16, 3);
        assertEquals(
                "encode: video must be [batch, frames, height, width, 3] with height and width multiples of 8, got"
                        + " fill [1, 5, 12, 16, 3] F32",
                assertThrows(ShapeException.class, () -> vae.encode(a, odd)).getMessage());
        Tensor wide = a.fill(DType.F32, 0, 1, 5, 2, 2, 15);
        assertEquals(
                "decode: latent must be [batch, frames, height, width, 16], got fill [1, 5, 2, 2, 15] F32",
                assertThrows(ShapeException.class, () -> vae.decode(a, wide)).getMessage());
    }
}
