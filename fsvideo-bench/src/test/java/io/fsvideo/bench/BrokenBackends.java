package io.fsvideo.bench;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Serves {@code broken:OP}: the CPU backend whose operation OP spoils the first and last bytes of its result. */
public final class BrokenBackends implements BackendProvider {
    private static final String PREFIX = "broken:";
    private static final int SPOILT_BYTES = 4;

    @Override
    public String names() {
        return PREFIX + "OP";
    }

    @Override
    public boolean serves(String name) {
        return name.startsWith(PREFIX);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        Backend cpu = Backend.open("cpu", options);
        Ops broken = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    call(cpu.ops(), method, arguments);
                    if (method.getName().equals(name.substring(PREFIX.length()))) {
                        spoil(cpu, (Tensor) arguments[0]);
                    }
                    return null;
                });
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> method.getName().equals("ops") ? broken : call(cpu, method, arguments));
    }

    private static void spoil(Backend backend, Tensor out) {
        ByteBuffer wrong = ByteBuffer.allocateDirect(SPOILT_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0, 77.5f);
        backend.copyIn(out, 0, wrong.duplicate());
        backend.copyIn(out, out.bytes() - SPOILT_BYTES, wrong);
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
