package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.Request;
import io.fsvideo.RequestException;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.TapListener;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTrialTest {
    private static StepTrial trial(String name, int steps, DType dtype) {
        ModelConfig config = ModelFamily.model(name);
        return new StepTrial(
                config,
                config.inputs()
                        .blank(8, 8)
                        .withSteps(steps)
                        .withSize(config.pipeline().height(), config.pipeline().width()),
                dtype);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny", "tiny-wan-t2v", "tiny-wan-i2v", "tiny-wan-flf2v", "tiny-dc-videogen-i2v"})
    void takesWhatItPlanned(String config) {
        try (Backend backend = Backend.open("cpu")) {
            List<String> seen = new ArrayList<>();
            StepTrial.Outcome outcome = trial(config, 2, DType.F32).run(backend, (name, tensor) -> seen.add(name));
            assertEquals(2, outcome.steps().size());
            assertEquals(outcome.plannedPeakBytes(), outcome.peakBytes(), 0.1 * outcome.peakBytes());
            assertTrue(outcome.peakBytes() > outcome.weightBytes() && outcome.weightBytes() > 0, outcome::toString);
            assertTrue(outcome.deviation() > 0 && outcome.deviation() < 100, outcome::toString);
            assertTrue(seen.contains("block1"), seen::toString);
            assertEquals(0, backend.bytesInUse());
        }
    }

    /**
     * Counted by hand: 21 x 30 x 52 tokens, two branches, 30 layers; per token 6 dim^2 + 2 dim ffn weights and all
     * keys.
     */
    @Test
    void countsTokensAndOperations() {
        StepTrial trial = trial("wan21-t2v-1.3b", 1, DType.BF16);
        assertEquals(32_760, trial.tokens());
        assertEquals(2, trial.branches());
        double perToken = 2 * (6.0 * 1536 * 1536 + 2.0 * 1536 * 8960) + 4.0 * 1536 * (32_760 + 512);
        assertEquals(2 * 30 * 32_760 * perToken, trial.flops(), 1e6);
    }

    @Test
    void refusesWhatAGenerationRefuses() {
        Request odd = Request.ofPrompt("").withFrames(10);
        assertThrows(RequestException.class, () -> new StepTrial(ModelFamily.model("tiny-wan-t2v"), odd, DType.F32));
    }

    @Test
    void oneBranchWithoutGuidance() {
        try (Backend backend = Backend.open("cpu")) {
            Request request = Request.ofPrompt("").withSteps(1).withGuidance(1);
            StepTrial trial = new StepTrial(ModelFamily.model("tiny-wan-t2v"), request, DType.BF16);
            assertEquals(1, trial.branches());
            assertEquals(1, trial.run(backend, TapListener.NONE).steps().size());
        }
    }
}
