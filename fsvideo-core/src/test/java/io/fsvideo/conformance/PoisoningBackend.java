package io.fsvideo.conformance;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A backend whose every operation finds NaN in its destination, so that an element left unwritten shows. */
final class PoisoningBackend implements InvocationHandler {
    private static final int CHUNK_BYTES = 1 << 16;

    private final Backend backend;
    private final Ops poisoning =
            (Ops) Proxy.newProxyInstance(Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, this::operation);

    private PoisoningBackend(Backend backend) {
        this.backend = backend;
    }

    static Backend over(Backend backend) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, new PoisoningBackend(backend));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        return method.getName().equals("ops") ? poisoning : call(backend, method, arguments);
    }

    private Object operation(Object proxy, Method method, Object[] arguments) throws Throwable {
        poison((Tensor) arguments[0]);
        return call(backend.ops(), method, arguments);
    }

    /** All bits set is NaN in every float dtype. */
    private void poison(Tensor out) {
        byte[] ones = new byte[CHUNK_BYTES];
        Arrays.fill(ones, (byte) 0xff);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).put(ones);
        for (long at = 0; at < out.bytes(); at += CHUNK_BYTES) {
            chunk.position(0).limit((int) Math.min(CHUNK_BYTES, out.bytes() - at));
            backend.copyIn(out, at, chunk);
        }
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
