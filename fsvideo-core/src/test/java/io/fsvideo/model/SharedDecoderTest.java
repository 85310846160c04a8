package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.frames;
import static io.fsvideo.model.SmallAutoencoder.load;
import static io.fsvideo.model.SmallAutoencoder.video;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fsvideo.comm.RankGroup;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Ranks that take turns with a clip's latents decode the bits of one rank. */
class SharedDecoderTest {
    private static RankGroup ranks(int size) {
        return RankGroup.open(Collections.nCopies(size, TestArena.backendName()), BackendOptions.defaults());
    }

    /** Rounds of equal and unequal turns, the whole clip at once, more than two rounds. */
    static Stream<Arguments> rounds() {
        return Stream.of(
                Arguments.of(2, List.of(2, 3)),
                Arguments.of(2, List.of(5)),
                Arguments.of(2, List.of(3, 2)),
                Arguments.of(3, List.of(5)),
                Arguments.of(4, List.of(5)),
                Arguments.of(1, List.of(1, 4)));
    }

    @ParameterizedTest
    @MethodSource("rounds")
    void givesTheBitsOfTheWholeClip(int size, List<Integer> rounds) {
        try (RankGroup group = ranks(size)) {
            List<float[][]> results = group.run(backend -> wholeAndShared(backend, rounds));
            for (float[][] result : results) {
                assertArrayEquals(result[0], result[1]);
            }
        }
    }

    private static float[][] wholeAndShared(Backend backend, List<Integer> rounds) {
        try (Arena a = Arena.root(backend, "decode")) {
            Autoencoder autoencoder = load(a, DecoderTime.GROUP);
            Encoded encoded = autoencoder.encode(a, video(a, 17));
            Tensor whole = autoencoder.decode(a, encoded.latent(), encoded.features());
            List<Tensor> parts = new ArrayList<>();
            try (DecoderStream stream = autoencoder.decoderStream(a, encoded.features(), backend.comm())) {
                long from = 0;
                for (int latents : rounds) {
                    parts.add(stream.decode(a, frames(a, encoded.latent(), from, from + latents)));
                    from += latents;
                }
                parts.add(stream.finish(a));
            }
            return new float[][] {whole.toFloats(), a.concat(1, parts).toFloats()};
        }
    }

    @Test
    void refusesDecodersThatLookAheadAndTooFewLatents() {
        try (RankGroup group = ranks(2)) {
            ConfigException standard = assertThrows(
                    ConfigException.class,
                    () -> group.run(backend -> {
                        try (Arena a = Arena.root(backend, "decode")) {
                            return load(a, DecoderTime.SAME).decoderStream(a, null, backend.comm());
                        }
                    }));
            assertEquals(
                    "autoencoder: decoder_time must be group for ranks that share a clip, got SAME for 2 ranks",
                    standard.getMessage());
            ShapeException one = assertThrows(ShapeException.class, () -> group.run(SharedDecoderTest::decodeOne));
            assertEquals(
                    "decode: latent must have a frame for each of 2 ranks, got latent [1, 1, 1, 2, 4] F32",
                    one.getMessage());
        }
    }

    private static Tensor decodeOne(Backend backend) {
        try (Arena a = Arena.root(backend, "decode");
                DecoderStream stream = load(a, DecoderTime.GROUP).decoderStream(a, null, backend.comm())) {
            return stream.decode(a, a.fill(DType.F32, 0, 1, 1, 1, 2, 4).named("latent"));
        }
    }
}
