package io.fsvideo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.media.Video;
import io.fsvideo.model.LayerMemory;
import io.fsvideo.model.Transformer;
import io.fsvideo.sample.FreshNoise;
import io.fsvideo.sample.NoiseSchedule;
import io.fsvideo.sample.Sampler;
import io.fsvideo.sample.SamplingException;
import io.fsvideo.sample.Solver;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.WeightsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a caller brings along as an object reaches a real generation. */
class OpenDoorsTest {
    private static FsVideo small;

    @BeforeAll
    static void open() {
        small = FsVideo.open(SmallModel.directory());
    }

    @AfterAll
    static void close() {
        small.close();
    }

    private static byte[] pixels(FsVideo fs, Request request) {
        Video video = fs.generate(request).video();
        byte[] last = video.frame(video.frames() - 1);
        byte[] first = Arrays.copyOf(video.frame(0), video.frame(0).length + last.length);
        System.arraycopy(last, 0, first, first.length - last.length, last.length);
        return first;
    }

    /** Two steps of Euler's method for each one asked for would be another video; the same steps are the same. */
    private static Sampler euler(String name, int factor) {
        return new Sampler() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public NoiseSchedule schedule(int steps, double shift) {
                return Sampler.EULER.schedule(steps * factor, shift);
            }

            @Override
            public Solver solver(Arena state, NoiseSchedule schedule, FreshNoise noise) {
                return Sampler.EULER.solver(state, schedule, noise);
            }
        };
    }

    @Test
    void aSamplerIsTheCallers() {
        Request request = SmallModel.request();
        byte[] own = pixels(small, request.withSampler(euler("OWN", 1)));
        assertArrayEquals(pixels(small, request.withSampler(Sampler.EULER)), own);
        assertFalse(Arrays.equals(own, pixels(small, request.withSampler(euler("OWN", 2)))));
        Video video = small.generate(request.withSampler(euler("OWN", 1))).video();
        assertEquals("OWN", video.metadata().get("sampler"));
    }

    @Test
    void aSamplerIsFoundByItsName() {
        assertEquals(Sampler.UNIPC, Sampler.named("unipc"));
        assertEquals(
                "sampler: name must be one of [EULER, UNIPC, DPMPP, RENOISE], got heun",
                assertThrows(SamplingException.class, () -> Sampler.named("heun"))
                        .getMessage());
    }

    @Test
    void aLayerMemoryIsTheCallers() {
        OpenOptions options = OpenOptions.defaults();
        LayerMemory.Variant router = LayerMemory.dynamicRouter();
        try (FsVideo same = FsVideo.open(SmallModel.directory(), options.withLayerMemory(router))) {
            assertArrayEquals(pixels(small, SmallModel.request()), pixels(same, SmallModel.request()));
        }
        Set<Integer> layers = new TreeSet<>();
        LayerMemory.Variant watched = (w, config) -> {
            LayerMemory inner = router.of(w, config);
            return new LayerMemory() {
                @Override
                public Tensor read(Arena a, int layer, Tensor input, List<Tensor> history) {
                    layers.add(layer);
                    return history.get(0);
                }

                @Override
                public int reach(int layer) {
                    return inner.reach(layer);
                }
            };
        };
        try (FsVideo other = FsVideo.open(SmallModel.directory(), options.withLayerMemory(watched))) {
            assertFalse(Arrays.equals(pixels(small, SmallModel.request()), pixels(other, SmallModel.request())));
            assertEquals(Set.of(1, 2, 3), layers);
        }
        WeightsException unused = assertThrows(
                WeightsException.class,
                () -> FsVideo.open(SmallModel.directory(), options.withLayerMemory((w, config) -> LayerMemory.none())));
        assertTrue(unused.getMessage().contains("router"), unused.getMessage());
    }

    @Test
    void tapsSeeEveryBlockOfAGeneration() {
        Set<String> seen = new TreeSet<>();
        byte[] tapped = pixels(small, SmallModel.request().withTaps((name, tensor) -> seen.add(name)));
        assertArrayEquals(pixels(small, SmallModel.request()), tapped, "seeing changes nothing");
        assertTrue(seen.containsAll(Set.of("block0", "block2", "block1.router_weights", "head")), seen.toString());
    }

    /** Records what it is asked, and lets {@code skipped} add nothing. */
    private static final class Watch implements Transformer.Shortcut {
        private final List<String> events = new ArrayList<>();
        private final int skipped;
        private int steps;
        private boolean closed;

        Watch(int skipped) {
            this.skipped = skipped;
        }

        @Override
        public Tensor residual(Tensor modulation, Tensor tokens) {
            steps++;
            return null;
        }

        @Override
        public Tensor blockResidual(Arena a, int layer, Tensor input) {
            return layer == skipped ? a.weightedSum(new float[] {0}, List.of(input)) : null;
        }

        @Override
        public void blockRan(int layer, Tensor input, Tensor result) {
            events.add(steps + "." + layer);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void aShortcutStandsInForSingleBlocks() {
        byte[] plain = pixels(small, SmallModel.request());
        Watch idle = new Watch(0);
        assertArrayEquals(plain, pixels(small, SmallModel.request().withShortcut((a, steps) -> idle)));
        assertEquals(
                List.of("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4.1", "4.2", "4.3"),
                idle.events);
        assertTrue(idle.closed);
        Watch second = new Watch(2);
        assertFalse(Arrays.equals(plain, pixels(small, SmallModel.request().withShortcut((a, steps) -> second))));
        assertEquals(List.of("1.1", "1.3", "2.1", "2.3", "3.1", "3.3", "4.1", "4.3"), second.events);
    }

    @Test
    void twoShortcutsAtOnceAreRefused() {
        Request both = SmallModel.request().withStepCache(1).withShortcut((a, steps) -> new Watch(0));
        assertEquals(
                "request: stepCache and shortcut must not both be given, they stand in for the same blocks",
                assertThrows(RequestException.class, () -> small.generate(both)).getMessage());
    }
}
