package io.fsvideo.cuda;

import io.fsvideo.tensor.Ops;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Stands around every call of an operation, in place of a class with all of them again. */
@FunctionalInterface
interface AroundOps {
    /** What the caller must run once; throws what the operation throws. */
    @FunctionalInterface
    interface Call {
        void run() throws Throwable;
    }

    /** @param arguments the result, then the inputs, in the order of {@link Ops} */
    void call(String op, Object[] arguments, Call call) throws Throwable;

    /** {@code ops} with this around every operation. */
    default Ops of(Ops ops) {
        return (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() != Ops.class) {
                        return invoke(ops, method, arguments);
                    }
                    call(method.getName(), arguments, () -> invoke(ops, method, arguments));
                    return null;
                });
    }

    private static Object invoke(Ops ops, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(ops, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
