package io.fsvideo.weights;

import static io.fsvideo.weights.Crafted.assertFault;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Shape;
import io.fsvideo.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WeightsTest {
    private Backend backend;
    private Arena arena;

    @BeforeEach
    void open() {
        backend = Backend.open("reference");
        arena = Arena.root(backend, "model");
    }

    @AfterEach
    void nothingIsLeft() {
        arena.close();
        assertEquals(0, backend.bytesInUse());
        backend.close();
    }

    /** Counting numbers in BF16; remembers what was read. */
    private static final class Counting implements TensorSource {
        private final Map<String, Shape> shapes = new LinkedHashMap<>();
        private final List<String> read = new ArrayList<>();
        private final DType dtype;

        private Counting(DType dtype) {
            this.dtype = dtype;
        }

        private Counting with(String key, long... shape) {
            shapes.put(key, Shape.of(shape));
            return this;
        }

        @Override
        public String description() {
            return "counting numbers";
        }

        @Override
        public Map<String, Shape> shapes() {
            return shapes;
        }

        @Override
        public Tensor load(Arena a, String key, Shape shape) {
            read.add(key);
            float[] values = new float[(int) shape.numel()];
            for (int i = 0; i < values.length; i++) {
                values[i] = i;
            }
            return a.of(key, dtype, values, shape.toArray());
        }
    }

    private static Counting complete() {
        return new Counting(DType.BF16)
                .with("blocks.0.q.weight", 2, 3)
                .with("blocks.0.conv", 4, 1, 3, 3)
                .with("blocks.0.patch", 2, 3, 2)
                .with("norm.weight", 3)
                .with("emb", 5, 3);
    }

    private static List<Tensor> model(Weights w) {
        Weights block = w.at("blocks", 0);
        return List.of(
                block.at("q").linear("weight", 2, 3),
                block.conv3d("conv", 4, 4, 1, 3, 3),
                block.linear("patch", 2, 3, 2),
                w.tensor("norm.weight", 3),
                w.table("emb", 5, 3));
    }

    @Test
    void aModelOfFarTooManyParametersIsNotAskedForAllOfThem() {
        int[] asked = new int[1];
        TensorSource empty = new TensorSource() {
            @Override
            public String description() {
                return "nothing";
            }

            @Override
            public Map<String, Shape> shapes() {
                return Map.of();
            }

            @Override
            public Tensor load(Arena arena, String key, Shape shape) {
                throw new AssertionError("nothing is read");
            }
        };
        WeightsException e = assertThrows(
                WeightsException.class,
                () -> Weights.requireFit(backend, empty, w -> {
                    for (int i = 0; i < Integer.MAX_VALUE; i++, asked[0]++) {
                        w.tensor("p" + i, 1);
                    }
                    return w;
                }));
        assertEquals(1000, asked[0]);
        assertTrue(
                e.getMessage().startsWith("weights: nothing must fit the model, got more than 1000 missing: p0, p1"));
    }

    @Test
    void loadsEveryKindOfParameter() {
        List<Tensor> tensors = Weights.load(arena, complete(), DType.BF16, WeightsTest::model);
        assertEquals(
                List.of(
                        "blocks.0.q.weight [2, 3] BF16",
                        "blocks.0.conv [4, 1, 1, 3, 3] BF16",
                        "blocks.0.patch [2, 6] BF16",
                        "norm.weight [3] F32",
                        "emb [5, 3] BF16"),
                tensors.stream().map(Tensor::toString).toList());
        assertEquals(Layout.LINEAR, tensors.get(0).layout());
        assertEquals(Layout.conv3d(4), tensors.get(1).layout());
        assertEquals(Layout.PLAIN, tensors.get(4).layout());
        assertArrayEquals(new float[] {0, 1, 2}, tensors.get(3).toFloats());
        long kept = tensors.stream().mapToLong(Tensor::bytes).sum();
        assertEquals(kept, arena.bytesInUse());
        assertEquals(kept, backend.bytesInUse());
    }

    @Test
    void listsRequestsInOrderWithoutAllocating() {
        Requests requests = Weights.requests(backend, WeightsTest::model);
        assertEquals(complete().shapes(), requests.shapes());
        assertEquals(
                List.copyOf(complete().shapes().keySet()),
                List.copyOf(requests.shapes().keySet()));
        assertEquals(6 + 36 + 12 + 3 + 15, requests.count());
        assertEquals(0, backend.peakBytes());
    }

    @Test
    void reportsAllMisfitsTogetherBeforeReading() {
        Counting source = complete().with("extra.b", 1).with("extra.a", 2).with("norm.weight", 4);
        source.shapes.remove("emb");
        source.shapes.remove("blocks.0.q.weight");
        WeightsException e = assertFault(() -> Weights.load(arena, source, DType.F32, WeightsTest::model));
        assertEquals(
                "weights: counting numbers must fit the model, got "
                        + "2 missing: blocks.0.q.weight [2, 3], emb [5, 3]; "
                        + "2 unused: extra.a [2], extra.b [1]; "
                        + "1 wrong shape: norm.weight must be [3], got [4]",
                e.getMessage());
        assertEquals(List.of(), source.read);
        assertEquals(0, backend.peakBytes());
    }

    @Test
    void shortensLongLists() {
        Counting source = complete();
        for (int i = 0; i < 1000; i++) {
            source.with("extra." + i, 1);
        }
        assertFault(() -> Weights.load(arena, source, DType.F32, WeightsTest::model), "1000 unused: extra.0 [1]", "…");
    }

    @Test
    void ignoresDeclaredPrefixes() {
        Counting source = complete().with("head.7.bias", 1).with("heads", 1);
        Function<Weights, List<Tensor>> model = w -> {
            w.at("head").ignore("7.");
            return model(w);
        };
        assertFault(() -> Weights.load(arena, source, DType.F32, model), "1 unused: heads [1];");
        source.shapes.remove("heads");
        assertEquals(5, Weights.load(arena, source, DType.F32, model).size());
    }

    @Test
    void refusesOneKeyWithTwoShapes() {
        Function<Weights, List<Tensor>> model = w -> List.of(w.tensor("a", 2), w.tensor("a", 2), w.tensor("a", 1, 2));
        assertFault(() -> Weights.requests(backend, model), "a must be asked for with one shape", "[2] and [1, 2]");
    }

    @Test
    void refusesIntegerParameters() {
        Counting source = new Counting(DType.I32).with("a", 2, 2);
        assertFault(
                () -> Weights.load(arena, source, DType.F32, w -> w.linear("a", 2, 2)),
                "counting numbers",
                "float type",
                "a [2, 2] I32");
        assertEquals(0, arena.bytesInUse());
    }

    @Test
    void acceptsAnythingFromSourcesWithoutShapes() {
        List<Tensor> tensors = Weights.load(arena, new ShapesOnly(), DType.F32, WeightsTest::model);
        assertEquals(5, tensors.size());
        Tensor norm = tensors.get(3);
        arena.close();
        assertThrows(IllegalStateException.class, norm::address);
    }
}
