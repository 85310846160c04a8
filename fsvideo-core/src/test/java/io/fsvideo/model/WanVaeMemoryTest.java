package io.fsvideo.model;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.PlanBackend;
import io.fsvideo.tensor.Shape;
import io.fsvideo.weights.ShapesOnly;
import io.fsvideo.weights.Weights;
import org.junit.jupiter.api.Test;

/** Wan2.1's autoencoder at full size, run without data: 81 frames of 480 x 832 on the CPU. */
class WanVaeMemoryTest {
    /** What a process has beside its tensors, Java's heap and libraries, was 0.5 GB. */
    private static final long LIMIT = 5_400_000_000L;

    @Test
    void streamsStayUnderSixGigabytes() {
        try (Backend cpu = Backend.open("cpu");
                PlanBackend plan = new PlanBackend(cpu);
                Arena a = Arena.root(plan, "wan")) {
            WanVaeConfig config = WanVaeConfig.wan21();
            WanVae vae = Weights.load(a, new ShapesOnly(), DType.F32, w -> new WanVae(w, config));
            long decoding = peak(plan, a, vae.decoderStream(a), 21, 60, 104, 16, 1);
            assertTrue(decoding < LIMIT, "decoding " + decoding);
            long encoding = peak(plan, a, vae.encoderStream(a), 81, 480, 832, 3, 4);
            assertTrue(encoding < LIMIT, "encoding " + encoding);
        }
    }

    private static long peak(
            PlanBackend plan, Arena a, WanVaeStream stream, int frames, int height, int width, int channels, int step) {
        plan.resetPeak();
        try (stream) {
            for (int from = 0; from < frames; from += step) {
                try (Arena t = a.child("step")) {
                    int count = Math.min(step, frames - from);
                    stream.next(t, t.alloc("frames", DType.F32, Shape.of(1, count, height, width, channels)));
                }
            }
        }
        return plan.peakBytes();
    }
}
