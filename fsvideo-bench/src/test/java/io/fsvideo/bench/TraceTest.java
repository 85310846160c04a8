package io.fsvideo.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fsvideo.tensor.Activation;
import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.DType;
import io.fsvideo.tensor.Layout;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class TraceTest {
    /** A fused product counts as much as a plain one. */
    @Test
    void countsTheProductsOfFusedOperations() {
        try (Backend cpu = Backend.open("cpu")) {
            Trace trace = new Trace(cpu);
            try (Arena a = Arena.root(trace.backend(), "trace")) {
                Tensor x = a.fill(DType.F32, 1, 1, 3, 5);
                Tensor weight = a.pack(a.fill(DType.F32, 1, 7, 5), Layout.LINEAR, DType.F32);
                Tensor residual = a.fill(DType.F32, 1, 1, 3, 7);
                trace.begin();
                a.linear(x, weight, null, Activation.NONE);
                double plain = trace.cost().flops();
                trace.begin();
                a.linearGatedAdd(x, weight, null, residual, null);
                trace.pause();
                a.linear(x, weight, null, Activation.NONE);
                assertEquals(2.0 * 3 * 5 * 7, plain);
                assertEquals(plain, trace.cost().flops());
            }
        }
    }

    @Test
    void recordsNoSteps() {
        Backend recording = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    throw new AssertionError(method + " must not be asked of the device");
                });
        assertNull(new Trace(recording).backend().recording());
    }
}
