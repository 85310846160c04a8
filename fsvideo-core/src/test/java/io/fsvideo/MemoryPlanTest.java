package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.family.ModelInit;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Backend;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryPlanTest {
    @TempDir
    Path temp;

    @Test
    void predictsThePeakOfTinyWithinTenPercent() {
        Path model = temp.resolve("tiny");
        try (Backend backend = Backend.open("cpu")) {
            ModelInit.write("tiny", 1, model, backend);
        }
        Request request = Request.of(SmallModel.picture(256, 256)).withSteps(2).withRefinerSteps(2);
        try (FsVideo fs = FsVideo.open(model, OpenOptions.defaults().withThreads(2))) {
            long planned = fs.plan(request).peakBytes();
            long measured = fs.generate(request).peakBytes();
            assertTrue(Math.abs(planned - measured) <= 0.1 * measured, "planned " + planned + ", measured " + measured);
        }
    }

    @Test
    void plansTheFullModelWithoutAllocatingIt() {
        try (Backend cpu = Backend.open("cpu")) {
            Request request =
                    Request.of(SmallModel.picture(128, 128)).withSize(768, 1280).withFrames(121);
            MemoryPlan plan = Planner.plan(FsVideoConfig.fsvideo14B(), cpu, OpenOptions.defaults(), request);
            assertEquals(0, cpu.peakBytes());
            long dit = 16_399_994_547L * cpu.computeDType().bytes();
            assertEquals(dit, plan.weights().get("transformer"), 0.01 * dit);
            MemoryPlan.StagePlan base = plan.stages().get(Stage.BASE.ordinal());
            // 40 hidden states of 2 branches x 1,860 tokens x 5,120 channels.
            assertEquals(40L * 2 * 1860 * 5120 * cpu.computeDType().bytes(), base.layerMemoryBytes());
            assertTrue(plan.peakBytes() > plan.weightBytes());
            for (Stage stage : Stage.values()) {
                assertTrue(plan.toString().contains(stage.name()), plan.toString());
            }
            assertTrue(plan.toString().contains("decoder buffers"), plan.toString());
        }
    }
}
