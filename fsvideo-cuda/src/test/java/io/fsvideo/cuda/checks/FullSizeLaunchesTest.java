package io.fsvideo.cuda.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.OpenOptions;
import io.fsvideo.Parallel;
import io.fsvideo.Request;
import io.fsvideo.cuda.BoundedDriver;
import io.fsvideo.family.ModelFamily;
import io.fsvideo.family.fsvideo.FsVideoConfig;
import io.fsvideo.media.Image;
import io.fsvideo.model.Autoencoder;
import io.fsvideo.pipeline.ModelConfig;
import io.fsvideo.plan.Planner;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Shape;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The public models and FSVideo at their largest sizes: every launch of a whole generation against its kernel's contract, with the true
 * sizes of all buffers. What a device would refuse or read beyond (sizes beyond 32 bits, grids, alignment) fails here.
 */
class FullSizeLaunchesTest {
    private static final Image PICTURE = Image.of(720, 1280, new float[720 * 1280 * 3]);

    @ParameterizedTest
    @CsvSource({
        "H200, fsvideo-14b, 121, 768, 1280",
        "A100, fsvideo-14b, 121, 768, 1280",
        "H200, wan21-i2v-14b-720p, 81, 720, 1280",
        "A100, wan21-i2v-14b-720p, 81, 720, 1280",
        "H200, wan21-t2v-1.3b, 81, 480, 832",
        "RTX_4090, wan21-t2v-1.3b, 81, 480, 832"
    })
    void generation(BoundedDriver.Kind device, String model, int frames, int height, int width) {
        ModelConfig config = ModelFamily.model(model);
        Request request = (model.contains("t2v")
                        ? Request.ofPrompt("a boat")
                        : Request.of(PICTURE).withPrompt("a boat"))
                .withFrames(frames)
                .withSize(height, width);
        try (Backend backend = device.planned()) {
            assertTrue(Planner.plan(config, backend, OpenOptions.defaults(), request)
                            .peakBytes()
                    > 1e9);
        }
    }

    /** Products have 3,720 and 7,440 rows; what is summed at once are statistics of norms. */
    @ParameterizedTest
    @CsvSource({"H200, 2", "A100, 4"})
    void aTensorParallelRankHalvesItsLongProducts(BoundedDriver.Kind device, int size) {
        RankAlone ranks = new RankAlone(size);
        Request request =
                Request.of(PICTURE).withPrompt("a boat").withFrames(121).withSize(768, 1280);
        OpenOptions options = OpenOptions.defaults().withParallel(Parallel.TENSOR);
        try (Backend backend = device.planned(ranks.comm())) {
            assertTrue(Planner.plan(FsVideoConfig.fsvideo14B(), backend, options, request)
                            .peakBytes()
                    > 1e9);
        }
        assertEquals(
                Set.of(Shape.of(1920, 5120), Shape.of(1800, 5120), Shape.of(3840, 5120), Shape.of(3600, 5120)),
                Set.copyOf(ranks.started()));
        assertTrue(
                ranks.atOnce().stream().allMatch(shape -> shape.rank() == 1),
                () -> ranks.atOnce().toString());
    }

    @ParameterizedTest
    @EnumSource
    void bothDecoders(BoundedDriver.Kind device) {
        for (AutoencoderRun run : AutoencoderRun.full()) {
            try (Backend backend = device.open();
                    Arena a = Arena.root(backend, "test")) {
                Autoencoder autoencoder = run.load(a);
                assertEquals(121, run.decode(a, autoencoder, run.encode(a, autoencoder)), run.name());
            }
        }
    }
}
