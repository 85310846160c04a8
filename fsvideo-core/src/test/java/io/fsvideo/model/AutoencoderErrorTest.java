package io.fsvideo.model;

import static io.fsvideo.model.SmallAutoencoder.frames;
import static io.fsvideo.model.SmallAutoencoder.load;
import static io.fsvideo.model.SmallAutoencoder.video;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.conformance.TestArena;
import io.fsvideo.model.AutoencoderConfig.DecoderTime;
import io.fsvideo.nn.DecoderNoise;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** What the autoencoder refuses, and that nothing stays behind. */
@ExtendWith(TestArena.class)
class AutoencoderErrorTest {
    private static void assertRefused(Arena a, String message, Executable call) {
        long before = a.bytesInUse();
        assertEquals(message, assertThrows(ShapeException.class, call).getMessage());
        assertEquals(before, a.bytesInUse(), "bytes left");
    }

    @Test
    void refusesFramesThatAreNotOnePlusFour(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        for (int frames : new int[] {2, 4, 8}) {
            Tensor clip = video(a, frames).named("clip");
            assertRefused(
                    a,
                    "encode: frames must be 1 + a multiple of 4, got clip [1, " + frames + ", 64, 128, 3] F32",
                    () -> autoencoder.encode(a, clip));
        }
        Tensor none = video(a, 0).named("clip");
        assertRefused(
                a,
                "encode: frames must be 1 + a multiple of 4, got clip [1, 0, 64, 128, 3] F32",
                () -> autoencoder.encode(a, none));
    }

    @Test
    void refusesSizesThatAreNotMultiplesOf64(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        for (String size : new String[] {"96, 64", "64, 32", "0, 64"}) {
            long height = Long.parseLong(size.split(", ")[0]);
            long width = Long.parseLong(size.split(", ")[1]);
            Tensor clip = a.fill(DType.F32, 0, 1, 1, height, width, 3).named("clip");
            assertRefused(
                    a,
                    "encode: height and width must be multiples of 64, got clip [1, 1, " + size + ", 3] F32",
                    () -> autoencoder.encode(a, clip));
        }
    }

    @Test
    void refusesTensorsOfAnotherLayout(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor clip = a.fill(DType.F32, 0, 1, 3, 1, 64, 64).named("clip");
        assertRefused(
                a,
                "encode: video must be [batch, frames, height, width, 3], got clip [1, 3, 1, 64, 64] F32",
                () -> autoencoder.encode(a, clip));
        assertRefused(
                a,
                "decode: latent must be [batch, frames, height, width, 4], got clip [1, 3, 1, 64, 64] F32",
                () -> autoencoder.decode(a, clip, null));
        Tensor none = a.fill(DType.F32, 0, 1, 0, 1, 1, 4).named("latent");
        assertRefused(
                a,
                "decode: latent must have at least one frame, got latent [1, 0, 1, 1, 4] F32",
                () -> autoencoder.decode(a, none, null));
    }

    @Test
    void refusesFeaturesOfAnotherShape(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Encoded encoded = autoencoder.encode(a, video(a, 1));
        Map<Integer, Tensor> features = new TreeMap<>(encoded.features().byStage());
        features.remove(4);
        assertRefused(
                a,
                "decode: features of stage 4 must be [batch, 1, height, width, 8], got none",
                () -> autoencoder.decode(a, encoded.latent(), new Features(features)));
        features.put(4, a.fill(DType.F32, 0, 1, 1, 2, 4, 16).named("f"));
        assertRefused(
                a,
                "decode: features of stage 4 must be [batch, 1, height, width, 8], got f [1, 1, 2, 4, 16] F32",
                () -> autoencoder.decoderStream(a, new Features(features)));
        features.put(4, a.fill(DType.F32, 0, 1, 1, 3, 4, 8).named("f"));
        assertRefused(
                a,
                "crossAttention: keys must be [1, 8, 1, 8], got linear [1, 12, 1, 8] F32",
                () -> autoencoder.decode(a, encoded.latent(), new Features(features)));
        Tensor two = a.fill(DType.F32, 0, 1, 2, 3, 4, 8).named("f");
        assertRefused(
                a,
                "features: stage 4 must be [batch, 1, height, width, channels], got f [1, 2, 3, 4, 8] F32",
                () -> new Features(Map.of(4, two)));
    }

    @Test
    void refusesMissingNoise(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor latent = a.fill(DType.F32, 1, 1, 1, 1, 1, 4);
        assertRefused(
                a,
                "decoderNoise: maps must have one for every convolution, got none for"
                        + " decoder.stages.2.op_list.1.main.conv1",
                () -> autoencoder.decode(a, latent, null, DecoderNoise.of(Map.of())));
    }

    @Test
    void closingAStreamInTheMiddleFreesItsMemory(Arena a) {
        Autoencoder autoencoder = load(a, DecoderTime.SAME);
        Tensor video = video(a, 5);
        Tensor latent = a.fill(DType.F32, 1, 1, 2, 1, 2, 4);
        long before = a.bytesInUse();
        try (Arena t = a.child("streams");
                EncoderStream encoder = autoencoder.encoderStream(a);
                DecoderStream decoder = autoencoder.decoderStream(a, null)) {
            encoder.encode(t, frames(t, video, 0, 1));
            decoder.decode(t, latent);
            assertTrue(decoder.bytesInUse() > 0, "bytes remembered");
        }
        assertEquals(before, a.bytesInUse(), "bytes left");
    }
}
