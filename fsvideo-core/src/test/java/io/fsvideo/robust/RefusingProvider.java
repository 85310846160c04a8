package io.fsvideo.robust;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.OutOfMemoryException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;

/** The CPU backend with one allocation that is refused: {@code refusing}, by the count that {@link #refuse} sets. */
public final class RefusingProvider implements BackendProvider {
    static final String NAME = "refusing";
    private static final AtomicLong UNTIL_REFUSAL = new AtomicLong(Long.MAX_VALUE);
    private static final AtomicLong LEAKED = new AtomicLong();

    /** Refuses the {@code n}-th allocation from now on, and only that. */
    static void refuse(long n) {
        UNTIL_REFUSAL.set(n);
    }

    /** Allocations since {@link #refuse} was called with {@code from}. */
    static long count(long from) {
        return from - UNTIL_REFUSAL.get();
    }

    /** Bytes that were in use when such backends were closed, all together. */
    static long leaked() {
        return LEAKED.get();
    }

    @Override
    public String names() {
        return NAME;
    }

    @Override
    public boolean serves(String name) {
        return name.equals(NAME);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        Backend cpu = Backend.open("cpu", options);
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> call(cpu, method, arguments));
    }

    private static Object call(Backend cpu, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("allocate") && UNTIL_REFUSAL.decrementAndGet() == 0) {
            throw new OutOfMemoryException("refusing: no room for " + arguments[0] + " bytes, as the test wants it");
        }
        if (method.getName().equals("close")) {
            LEAKED.addAndGet(cpu.bytesInUse());
        }
        try {
            return method.invoke(cpu, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
