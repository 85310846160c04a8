package io.fsvideo.comm;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Comm;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** A communicator for which no product is too short to be halved, and whose started sums run as late as they may: when waited for. */
public final class LateSums implements Comm {
    private final Comm ranks;
    private final Consumer<String> listener;
    private final Queue<Tensor> started = new ArrayDeque<>();

    public LateSums(Comm ranks) {
        this(ranks, event -> {});
    }

    private LateSums(Comm ranks, Consumer<String> listener) {
        this.ranks = ranks;
        this.listener = listener;
    }

    /** A backend with such a communicator; {@code listener} hears of linear products and sums before they are done. */
    public static Backend over(Backend backend, Consumer<String> listener) {
        Comm late = new LateSums(backend.comm(), listener);
        Ops ops = proxy(Ops.class, (method, arguments) -> {
            if (method.getName().equals("linear")) {
                listener.accept("linear " + ((Tensor) arguments[0]).shape());
            }
            return call(backend.ops(), method, arguments);
        });
        return proxy(Backend.class, (method, arguments) -> switch (method.getName()) {
            case "comm" -> late;
            case "ops" -> ops;
            default -> call(backend, method, arguments);
        });
    }

    private interface Handler {
        Object invoke(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Handler handler) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> handler.invoke(method, arguments)));
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public long overlapFrom() {
        return 0;
    }

    @Override
    public Transfer startAllReduceSum(Tensor tensor) {
        listener.accept("start " + tensor.shape());
        started.add(tensor);
        return () -> {
            listener.accept("await " + tensor.shape());
            while (started.contains(tensor)) {
                ranks.allReduceSum(started.remove());
            }
        };
    }

    @Override
    public void allReduceSum(Tensor tensor) {
        listener.accept("sum " + tensor.shape());
        ranks.allReduceSum(tensor);
    }

    @Override
    public int rank() {
        return ranks.rank();
    }

    @Override
    public int size() {
        return ranks.size();
    }

    @Override
    public void allGather(Tensor out, Tensor part) {
        ranks.allGather(out, part);
    }

    @Override
    public void allToAll(Tensor out, Tensor in) {
        ranks.allToAll(out, in);
    }

    @Override
    public void broadcast(Tensor tensor, int root) {
        ranks.broadcast(tensor, root);
    }

    @Override
    public void barrier() {
        ranks.barrier();
    }

    @Override
    public void abort(Throwable cause) {
        ranks.abort(cause);
    }

    @Override
    public void close() {
        ranks.close();
    }
}
