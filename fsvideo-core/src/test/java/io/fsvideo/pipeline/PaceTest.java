package io.fsvideo.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.Stage;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The part of a clip that is done, for shares as they are measured. */
class PaceTest {
    @Test
    void thePartDoneNeverFallsForAnyShares() {
        Random random = new Random(5);
        for (int clip = 0; clip < 1000; clip++) {
            Map<Stage, Double> shares = new EnumMap<>(Stage.class);
            for (Stage stage : Stage.values()) {
                shares.put(stage, random.nextDouble());
            }
            double sum =
                    shares.values().stream().mapToDouble(Double::doubleValue).sum();
            shares.replaceAll((stage, share) -> share / sum);
            Pace.Estimate estimate = new Pace.Estimate(shares, 1);
            double last = 0;
            for (Stage stage : Stage.values()) {
                int steps = 1 + random.nextInt(50);
                for (int step = 0; step <= steps; step++) {
                    double done = estimate.done(stage, step, steps);
                    assertTrue(done >= last, stage + " " + step + "/" + steps + ": " + done + " after " + last);
                    last = done;
                }
            }
            assertEquals(1, last, 1e-9);
        }
    }
}
