package io.fsvideo.bench;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A backend that counts: how often each operation of another backend was called, how long it took until it was finished there, what it
 * moved and computed at the least.
 */
final class Trace {
    /** All calls of one operation. */
    static final class Part {
        long calls;
        double seconds;
        double bytes;
        double flops;
    }

    private final Backend target;
    private final Backend traced;
    private final Map<String, Part> parts = new TreeMap<>();
    private boolean counting = true;

    Trace(Backend target) {
        this.target = target;
        Ops ops = proxy(Ops.class, this::operation);
        // Steps are not recorded: a replay would pass by the operations that are to be counted.
        traced = proxy(Backend.class, (self, method, arguments) -> switch (method.getName()) {
            case "ops" -> ops;
            case "recording" -> null;
            default -> invoke(target, method, arguments);
        });
    }

    private static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Trace.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    Backend backend() {
        return traced;
    }

    /** What each operation took since the last {@link #begin}. */
    Map<String, Part> parts() {
        return parts;
    }

    /** Forgets what was counted, and counts what follows. */
    void begin() {
        parts.clear();
        counting = true;
    }

    /** Stops counting: operations are passed on without a wait for each. */
    void pause() {
        counting = false;
    }

    Cost cost() {
        return new Cost(sum(part -> part.bytes), sum(part -> part.flops));
    }

    /** Seconds in all operations together. */
    double seconds() {
        return sum(part -> part.seconds);
    }

    private double sum(java.util.function.ToDoubleFunction<Part> figure) {
        return parts.values().stream().mapToDouble(figure).sum();
    }

    private Object operation(Object self, Method method, Object[] arguments) throws Throwable {
        if (!counting) {
            return invoke(target.ops(), method, arguments);
        }
        long began = System.nanoTime();
        Object result = invoke(target.ops(), method, arguments);
        target.synchronize();
        Part part = parts.computeIfAbsent(method.getName(), name -> new Part());
        part.seconds += (System.nanoTime() - began) * 1e-9;
        part.calls++;
        part.bytes += Arrays.stream(arguments)
                .flatMap(Trace::tensors)
                .mapToDouble(Tensor::bytes)
                .sum();
        part.flops += flops(method.getName(), arguments);
        return result;
    }

    private static Stream<Tensor> tensors(Object argument) {
        if (argument instanceof Tensor tensor) {
            return Stream.of(tensor);
        }
        return argument instanceof Collection<?> list ? list.stream().flatMap(Trace::tensors) : Stream.empty();
    }

    /** The floating-point operations of products; all others together are a few per element. */
    private static double flops(String name, Object[] arguments) {
        Tensor[] t = Arrays.stream(arguments)
                .map(argument -> argument instanceof Tensor tensor ? tensor : null)
                .toArray(Tensor[]::new);
        return switch (name) {
            case "linear", "linearGatedAdd" ->
                Cost.linear(t[0], t[1], t[2], t[3]).flops();
            case "conv3d" -> Cost.conv3d(t[0], t[1], t[2], t[3]).flops();
            case "attention" -> Cost.attention(t[0], t[1], t[2], t[3]).flops();
            case "linearAttention" ->
                Cost.linearAttention(t[0], t[1], t[2], t[3]).flops();
            default -> 0;
        };
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
