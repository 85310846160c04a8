package io.fsvideo.cuda.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Backend;
import org.junit.jupiter.api.Test;

class AutoencoderRunTest {
    @Test
    void sizesAreThePipelines() {
        for (AutoencoderRun run : AutoencoderRun.full()) {
            assertEquals(121, 1 + (run.frames() - 1) * run.config().frameFactor());
            assertEquals(768, run.height() * run.config().spatialFactor());
            assertEquals(1280, run.width() * run.config().spatialFactor());
        }
    }

    /** The plan is within 5 % of what the emulated device had in use. */
    @Test
    void peakIsAsPlanned() {
        AutoencoderRun run = AutoencoderRun.tiny().get(0);
        try (Backend backend = Backend.open("cuda-emulated");
                Backend plan = backend.planning()) {
            Peak peak = new Peak(run.peak(backend), run.peak(plan));
            assertTrue(peak.isAsPlanned(), peak.toString());
        }
    }
}
