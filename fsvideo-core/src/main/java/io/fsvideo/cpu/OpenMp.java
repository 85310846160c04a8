package io.fsvideo.cpu;

import io.fsvideo.tensor.BackendException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;

/**
 * Sets the OpenMP thread count of the calling thread to 1. oneDNN splits work by that count, which would make results depend on it.
 * The count belongs to each thread, so every thread that creates or runs a primitive calls {@link #useOneThread} first.
 */
final class OpenMp {
    private static final String VARIABLE = "OMP_NUM_THREADS";

    private final MethodHandle setThreads;

    private OpenMp(MethodHandle setThreads) {
        this.setThreads = setThreads;
    }

    /** @throws BackendException when the count can be set neither here nor was by the environment */
    static OpenMp find() {
        if ("1".equals(System.getenv(VARIABLE))) {
            return new OpenMp(null);
        }
        Pointer function = Loader.addressof("omp_set_num_threads");
        if (function == null || function.isNull()) {
            throw unusable("no function omp_set_num_threads in the loaded libraries", null);
        }
        try {
            return new OpenMp(bind(function.address()));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw unusable(e.toString(), e);
        }
    }

    /** JavaCPP's one generic way to call a C function of one word: the native half of its deallocators. */
    private static MethodHandle bind(long function) throws ReflectiveOperationException {
        Class<?> type = Class.forName("org.bytedeco.javacpp.Pointer$NativeDeallocator");
        Constructor<?> constructor = type.getDeclaredConstructor(Pointer.class, long.class, long.class);
        constructor.setAccessible(true);
        Object caller = constructor.newInstance(new Address(), 0L, 0L);
        Method call = type.getDeclaredMethod("deallocate", long.class, long.class);
        call.setAccessible(true);
        return MethodHandles.insertArguments(
                MethodHandles.lookup().unreflect(call).bindTo(caller), 0, 1L, function);
    }

    void useOneThread() {
        if (setThreads == null) {
            return;
        }
        try {
            setThreads.invoke();
        } catch (Throwable e) {
            throw unusable(e.toString(), e);
        }
    }

    private static BackendException unusable(String found, Throwable cause) {
        return new BackendException(
                "cpu: the OpenMP thread count must be 1 for reproducible results, got " + found
                        + "; start Java with the environment variable " + VARIABLE + "=1",
                cause);
    }
}
