package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.assertSame;
import static io.fsvideo.model.SmallAutoencoder.frames;
import static io.fsvideo.model.SmallAutoencoder.load;
import static io.fsvideo.model.SmallAutoencoder.video;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each frame may depend on. */
@ExtendWith(TestArena.class)
class AutoencoderCausalityTest {
    @ParameterizedTest
    @CsvSource({"1, 5", "4, 9", "7, 21"})
    void framesAndLatentsCountAsOnePlusFour(int latents, int frames, Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.GROUP);
        Tensor latent = a.noise(DType.F32, 1, 0, 1, latents, 1, 1, 4);
        Tensor video = autoencoder.decode(a, latent, null);
        assertEquals(4 * (latents - 1) + 1, video.dim(1));
        assertEquals(
                1 + (frames - 1) / 4,
                autoencoder
                        .encode(a, frames(a, videoOf(a, frames), 0, frames))
                        .latent()
                        .dim(1));
    }

    private static Tensor videoOf(Arena a, int frames) {
        return a.noise(DType.F32, 7, 0, 1, frames, 64, 64, 3);
    }

    @Test
    void latentsDependOnNoLaterFrame(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor video = video(a, 13);
        Tensor latent = autoencoder.encode(a, video).latent();
        Tensor later = autoencoder.encode(a, changed(a, video, 5)).latent();
        assertSame("latents 0 and 1", frames(a, latent, 0, 2), frames(a, later, 0, 2));
        assertEquals(List.of(2, 3), changes(a, latent, later));
        assertEquals(
                List.of(1, 2, 3),
                changes(a, latent, autoencoder.encode(a, changed(a, video, 4)).latent()));
        assertEquals(
                List.of(0, 1, 2, 3),
                changes(a, latent, autoencoder.encode(a, changed(a, video, 0)).latent()));
    }

    @Test
    void liteFramesDependOnNoLaterLatent(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.GROUP);
        Tensor latent = a.noise(DType.F32, 1, 0, 1, 5, 1, 2, 4);
        Tensor video = autoencoder.decode(a, latent, null);
        Tensor later = autoencoder.decode(a, changed(a, latent, 3), null);
        assertEquals(IntStream.range(9, 17).boxed().toList(), changes(a, video, later));
    }

    @Test
    void standardFramesDependOnAllLatents(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor latent = a.noise(DType.F32, 1, 0, 1, 5, 1, 2, 4);
        Tensor video = autoencoder.decode(a, latent, null);
        Tensor later = autoencoder.decode(a, changed(a, latent, 3), null);
        assertEquals(IntStream.range(0, 17).boxed().toList(), changes(a, video, later));
    }

    @Test
    void featuresAndNoiseChangeTheVideo(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.GROUP);
        Encoded encoded = autoencoder.encode(a, video(a, 5));
        float[] plain = autoencoder.decode(a, encoded.latent(), null).toFloats();
        float[] attending =
                autoencoder.decode(a, encoded.latent(), encoded.features()).toFloats();
        float[] noisy = autoencoder
                .decode(a, encoded.latent(), null, io.fsvideo.nn.DecoderNoise.seeded(1))
                .toFloats();
        assertFalse(Arrays.equals(plain, attending), "features");
        assertFalse(Arrays.equals(plain, noisy), "noise");
    }

    /** {@code x} with other values from frame {@code from} on. */
    private static Tensor changed(Arena a, Tensor x, long from) {
        Tensor tail = frames(a, x, from, x.dim(1));
        return a.concat(
                1,
                List.of(
                        frames(a, x, 0, from),
                        a.add(tail, a.noise(DType.F32, 9, 0, tail.shape().toArray()))));
    }

    /** Indices of the frames that differ. */
    private static List<Integer> changes(Arena a, Tensor one, Tensor other) {
        List<Integer> changes = new ArrayList<>();
        for (int t = 0; t < one.dim(1); t++) {
            float[] before = frames(a, one, t, t + 1).toFloats();
            if (!Arrays.equals(before, frames(a, other, t, t + 1).toFloats())) {
                changes.add(t);
            }
        }
        return changes;
    }
}
