package io.fsvideo.model;

import static io.fsvideo.model.DitCase.assertClose;
import static io.fsvideo.model.DitCase.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.comm.LateSums;
import io.fsvideo.comm.RankGroup;
import io.fsvideo.conformance.TestArena;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import io.fsvideo.weights.Slice;
import io.fsvideo.weights.TensorSource;
import io.fsvideo.weights.Weights;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks that share a transformer give what one rank gives, and always the same bits. */
class SharedDitTest {
    /** Rounding of other orders of summation through three layers; outputs are of size 1. */
    private static final double ROUNDING = 2e-5;

    private static final float[] TIMES = {733, 12.5f};

    /** Twelve heads of four channels, image branch, layer memory: shared by 1, 2, 3, 4, 6 and 12. */
    private static DitConfig config(int clipDim) {
        return new DitConfig(1, 1, 1, 12, 10, 48, 72, 16, 9, 6, 12, 3, clipDim, 1e-6f, "dynamic_router");
    }

    /** This rank's slices of the noise that one rank alone would read. */
    private record Sliced(TensorSource whole, TensorParallel split, int rank) implements TensorSource {
        @Override
        public String description() {
            return whole.description();
        }

        @Override
        public Map<String, Shape> shapes() {
            return null;
        }

        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            Optional<Slice> slice = split.slice(key, rank);
            if (slice.isEmpty()) {
                return whole.load(a, key, shape);
            }
            Slice s = slice.orElseThrow();
            try (Arena t = a.child(key)) {
                Tensor all = whole.load(t, key, shape.with(s.axis(), s.whole()));
                return t.keep(t.slice(all, s.axis(), s.begin(), s.end()).named(key));
            }
        }
    }

    private static float[] run(Backend backend, DitRanks ranks, DitConfig c, int frames, int height, int width) {
        try (Arena weights = Arena.root(backend, "weights");
                Arena a = Arena.root(backend, "forward")) {
            TensorParallel split = TensorParallel.of(c, ranks.columns().size());
            TensorSource source =
                    new Sliced(new DitCase.NoisySource(), split, ranks.columns().rank());
            Dit dit = Weights.load(weights, source, DType.F32, w -> new Dit(w, c, ranks));
            Tensor x = normal(a, 0, 2, frames, height, width, c.inDim());
            Tensor image = c.clipDim() == 0 ? null : normal(a, 4, 1, 7, c.clipDim());
            Dit.Context context = dit.prepare(a, DitCase.texts(a, c).subList(0, 2), image);
            return dit.forward(a, x, TIMES, context).toFloats();
        }
    }

    private static float[] alone(DitConfig c, int frames, int height, int width) {
        try (Backend backend = Backend.open(TestArena.backendName())) {
            return run(backend, DitRanks.alone(), c, frames, height, width);
        }
    }

    private static List<float[]> shared(
            int size, Function<Comm, DitRanks> ranks, DitConfig c, int frames, int height, int width) {
        List<String> names = Collections.nCopies(size, TestArena.backendName());
        try (RankGroup group = RankGroup.open(names, BackendOptions.defaults())) {
            List<float[]> results =
                    group.run(backend -> run(backend, ranks.apply(backend.comm()), c, frames, height, width));
            for (int rank = 0; rank < size; rank++) {
                assertEquals(0, group.backend(rank).bytesInUse(), "bytes left on rank " + rank);
            }
            return results;
        }
    }

    /** {@code halves}: tensor parallel, sums of every product in two halves, each as late as it may be. */
    private static Function<Comm, DitRanks> way(String name) {
        return switch (name) {
            case "tensor" -> DitRanks::tensor;
            case "halves" -> ranks -> DitRanks.tensor(new LateSums(ranks));
            default -> DitRanks::sequence;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "tensor, 1",
        "tensor, 2",
        "tensor, 3",
        "tensor, 4",
        "halves, 2",
        "halves, 3",
        "sequence, 2",
        "sequence, 3",
        "sequence, 4"
    })
    void givesWhatOneRankGives(String way, int size) {
        DitConfig c = config(11);
        float[] expected = alone(c, 3, 3, 5);
        List<float[]> first = shared(size, way(way), c, 3, 3, 5);
        List<float[]> second = shared(size, way(way), c, 3, 3, 5);
        for (int rank = 0; rank < size; rank++) {
            assertClose(expected, first.get(rank), ROUNDING);
            assertArrayEquals(first.get(0), first.get(rank), "rank " + rank + " differs from the first");
            assertArrayEquals(first.get(rank), second.get(rank), "a second run differs");
        }
    }

    /** 31 x 7 x 7: what a square picture's base model sees. */
    @ParameterizedTest
    @CsvSource({"tensor, 2", "tensor, 3", "halves, 2", "halves, 3", "sequence, 2", "sequence, 3"})
    void takesOddTokenCounts(String way, int size) {
        DitConfig c = config(0);
        float[] expected = alone(c, 31, 7, 7);
        for (float[] result : shared(size, way(way), c, 31, 7, 7)) {
            assertClose(expected, result, ROUNDING);
        }
    }

    /** Some ranks have padding alone. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 6})
    void sharesFewerTokensThanRanks(int size) {
        DitConfig c = config(11);
        float[] expected = alone(c, 1, 1, 2);
        for (float[] result : shared(size, DitRanks::sequence, c, 1, 1, 2)) {
            assertClose(expected, result, ROUNDING);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tensor, 'tensor parallel: ranks must be one of [1, 2, 3, 4, 6, 12], which divide num_heads 12 and ffn_dim 72,"
                + " got 5'",
        "sequence, 'sequence parallel: ranks must be one of [1, 2, 3, 4, 6, 12], which divide num_heads 12, got 5'"
    })
    void refusesNumbersThatDoNotDivide(String way, String message) {
        ConfigException refused = assertThrows(ConfigException.class, () -> shared(5, way(way), config(0), 1, 1, 1));
        assertEquals(message, refused.getMessage());
        assertTrue(refused.getSuppressed().length <= 4);
    }

    /** Each of the ranks holds a part of the parameters that are split, and no more. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void holdsItsShareOfTheParameters(int size) {
        DitConfig c = config(11);
        TensorParallel split = TensorParallel.of(c, size);
        long[] counts = new long[2];
        try (Backend backend = Backend.open(TestArena.backendName())) {
            Weights.requests(backend, w -> new Dit(w, c)).shapes().forEach((name, shape) -> {
                counts[0] +=
                        split.slice(name, 0).map(s -> s.of(shape)).orElse(shape).numel();
            });
            List<String> names = Collections.nCopies(size, TestArena.backendName());
            try (RankGroup group = RankGroup.open(names, BackendOptions.defaults())) {
                List<Long> asked = group.run(b -> Weights.requests(b, w -> new Dit(w, c, DitRanks.tensor(b.comm())))
                        .count());
                asked.forEach(count -> assertEquals(counts[0], count));
            }
        }
    }
}
