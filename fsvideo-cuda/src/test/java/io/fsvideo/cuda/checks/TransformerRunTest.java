package io.fsvideo.cuda.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.model.DitConfig;
import io.fsvideo.tensor.Backend;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransformerRunTest {
    @Test
    void sizesAreThePipelines() {
        List<TransformerRun> runs = TransformerRun.pipeline(DitConfig.fsvideo14B(), 30, 8, 31, 12, 20);
        assertEquals(1860, runs.get(0).tokens());
        assertEquals(2, runs.get(0).guidance().branches());
        assertEquals(7440, runs.get(1).tokens());
        assertEquals(1, runs.get(1).guidance().branches());
    }

    /** The plan is within 5 % of what the emulated device had in use. */
    @Test
    void peakIsAsPlanned() {
        try (Backend backend = Backend.open("cuda-emulated");
                Backend plan = backend.planning()) {
            for (TransformerRun run : TransformerRun.pipeline(DitConfig.tiny(), 1, 1, 2, 4, 4)) {
                Peak peak = new Peak(run.peak(backend), run.peak(plan));
                assertTrue(peak.isAsPlanned(), run.name() + ": " + peak);
            }
        }
    }
}
