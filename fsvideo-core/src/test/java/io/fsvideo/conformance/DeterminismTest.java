package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation gives the same bits on 1, 2 and 8 threads, and again on a second call, at sizes that are worth splitting. */
class DeterminismTest {
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16"})
    void sameBitsOnAnyNumberOfThreads(DType dtype) {
        Map<String, int[]> one = results(1, dtype);
        for (int threads : new int[] {1, 2, 8}) {
            results(threads, dtype).forEach((op, bits) -> assertArrayEquals(one.get(op), bits, op + " on " + threads));
        }
    }

    private static Map<String, int[]> results(int threads, DType dtype) {
        Map<String, int[]> results = new LinkedHashMap<>();
        BackendOptions options = BackendOptions.defaults().withThreads(threads);
        try (Backend backend = Backend.open(TestArena.backendName(), options)) {
            Samples.all().forEach((op, call) -> {
                try (Arena a = Arena.root(backend, op)) {
                    int[] bits = bits(call.apply(a, dtype));
                    assertTrue(bits.length > 1, "a result worth comparing");
                    results.put(op, bits);
                }
            });
        }
        return results;
    }

    private static int[] bits(Tensor tensor) {
        float[] values = tensor.toFloats();
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
