package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.assertSame;
import static io.fsvideo.model.SmallAutoencoder.frames;
import static io.fsvideo.model.SmallAutoencoder.load;
import static io.fsvideo.model.SmallAutoencoder.video;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Chunks of a clip give the bits of the whole clip. */
@ExtendWith(TestArena.class)
class AutoencoderStreamTest {
    static Stream<List<Integer>> encoderSplits() {
        return Stream.of(List.of(1, 4, 4, 4, 4), List.of(5, 8, 4), List.of(9, 8), List.of(1, 16));
    }

    static Stream<Arguments> decoderSplits() {
        List<List<Integer>> splits = List.of(List.of(1, 1, 1, 1, 1), List.of(2, 3), List.of(1, 3, 1), List.of(5));
        return Stream.of(DecoderTime.values()).flatMap(time -> splits.stream().map(split -> Arguments.of(time, split)));
    }

    @ParameterizedTest
    @MethodSource("encoderSplits")
    void encodesChunksAsTheWholeClip(List<Integer> split, Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor video = video(a, 17);
        Encoded whole = autoencoder.encode(a, video);
        assertSame("latent", whole.latent(), encode(a, autoencoder, video, split, whole.features()));
    }

    private static Tensor encode(
            Arena a, Autoencoder autoencoder, Tensor video, List<Integer> split, Features expected) {
        List<Tensor> latents = new ArrayList<>();
        try (EncoderStream stream = autoencoder.encoderStream(a)) {
            long from = 0;
            for (int frames : split) {
                Encoded encoded = stream.encode(a, frames(a, video, from, from + frames));
                latents.add(encoded.latent());
                if (from == 0) {
                    assertSameFeatures(expected, encoded.features());
                } else {
                    assertNull(encoded.features(), "features of a later chunk");
                }
                from += frames;
            }
        }
        return a.concat(1, latents);
    }

    private static void assertSameFeatures(Features expected, Features actual) {
        assertNotNull(actual, "features of the first chunk");
        assertEquals(expected.byStage().keySet(), actual.byStage().keySet());
        expected.byStage()
                .forEach((stage, feature) ->
                        assertSame("feature " + stage, feature, actual.byStage().get(stage)));
    }

    @ParameterizedTest
    @MethodSource("decoderSplits")
    void decodesChunksAsTheWholeClip(DecoderTime time, List<Integer> split, Arena a) {
        Autoencoder autoencoder = load(a, time);
        Encoded encoded = autoencoder.encode(a, video(a, 17));
        DecoderNoise noise = DecoderNoise.seeded(11);
        Tensor whole = autoencoder.decode(a, encoded.latent(), encoded.features(), noise);
        try (DecoderStream stream = autoencoder.decoderStream(a, encoded.features(), noise)) {
            assertSame("video", whole, decode(a, stream, encoded.latent(), split));
        }
    }

    private static Tensor decode(Arena a, DecoderStream stream, Tensor latent, List<Integer> split) {
        List<Tensor> parts = new ArrayList<>();
        long from = 0;
        for (int frames : split) {
            parts.add(stream.decode(a, frames(a, latent, from, from + frames)));
            from += frames;
        }
        parts.add(stream.finish(a));
        return a.concat(1, parts);
    }

    @Test
    void liteAnswersEachChunkAtOnce(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.GROUP);
        Tensor latent = a.noise(DType.F32, 1, 0, 1, 3, 1, 2, 4);
        try (DecoderStream stream = autoencoder.decoderStream(a, null)) {
            assertEquals(1, stream.decode(a, frames(a, latent, 0, 1)).dim(1));
            assertEquals(8, stream.decode(a, frames(a, latent, 1, 3)).dim(1));
            assertEquals(0, stream.finish(a).dim(1));
        }
    }

    @Test
    void standardDecodesALongClipLatentByLatent(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor latent = a.noise(DType.F32, 1, 0, 1, 24, 1, 1, 4);
        Tensor whole = autoencoder.decode(a, latent, null);
        try (DecoderStream stream = autoencoder.decoderStream(a, null)) {
            assertSame("video", whole, decode(a, stream, latent, java.util.Collections.nCopies(24, 1)));
        }
    }

    @Test
    void firstFrameAloneGivesTheFirstLatentAndTheFeatures(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor video = video(a, 9);
        Encoded whole = autoencoder.encode(a, video);
        Encoded image = autoencoder.encode(a, frames(a, video, 0, 1));
        assertSame("latent", frames(a, whole.latent(), 0, 1), image.latent());
        assertSameFeatures(whole.features(), image.features());
    }

    @ParameterizedTest
    @EnumSource(DecoderTime.class)
    void clipsInFlightDoNotShareMemory(DecoderTime time, Arena a) {
        Autoencoder autoencoder = load(a, time);
        Tensor first = a.noise(DType.F32, 1, 0, 1, 2, 1, 1, 4);
        Tensor second = a.noise(DType.F32, 2, 0, 1, 2, 1, 1, 4);
        List<Tensor> parts = new ArrayList<>();
        try (DecoderStream one = autoencoder.decoderStream(a, null);
                DecoderStream other = autoencoder.decoderStream(a, null)) {
            for (int i = 0; i < 2; i++) {
                parts.add(one.decode(a, frames(a, first, i, i + 1)));
                other.decode(a, frames(a, second, i, i + 1));
            }
            parts.add(one.finish(a));
        }
        assertSame("video", autoencoder.decode(a, first, null), a.concat(1, parts));
    }

    @Test
    void encoderClipsInFlightDoNotShareMemory(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor first = video(a, 5);
        Tensor second = a.noise(DType.F32, 6, 0, 1, 5, 64, 128, 3);
        List<Tensor> parts = new ArrayList<>();
        try (EncoderStream one = autoencoder.encoderStream(a);
                EncoderStream other = autoencoder.encoderStream(a)) {
            parts.add(one.encode(a, frames(a, first, 0, 1)).latent());
            other.encode(a, frames(a, second, 0, 1));
            parts.add(one.encode(a, frames(a, first, 1, 5)).latent());
        }
        assertSame("latent", autoencoder.encode(a, first).latent(), a.concat(1, parts));
    }

    @Test
    void refusesChunksThatAreNotWholeLatents(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        try (EncoderStream stream = autoencoder.encoderStream(a)) {
            Tensor four = video(a, 4).named("clip");
            assertMessage(
                    "encode: frames of the first chunk must be 1 + a multiple of 4, got clip [1, 4, 64, 128, 3] F32",
                    () -> stream.encode(a, four));
            stream.encode(a, video(a, 1));
            Tensor five = video(a, 5).named("clip");
            assertMessage(
                    "encode: frames of a later chunk must be a multiple of 4, got clip [1, 5, 64, 128, 3] F32",
                    () -> stream.encode(a, five));
        }
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable call) {
        assertEquals(message, assertThrows(ShapeException.class, call).getMessage());
    }

    @Test
    void refusesToFinishAnEmptyClip(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        try (DecoderStream stream = autoencoder.decoderStream(a, null)) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> stream.finish(a));
            assertEquals("decoderStream: no latents were decoded before finish", e.getMessage());
        }
    }
}
