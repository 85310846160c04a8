package io.fsvideo.cpu;

import io.fsvideo.tensor.BackendException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
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
        } catch (InaccessibleObjectException e) {
            throw unusable(
                    "a module path, where Java before 22 needs --add-opens org.bytedeco.javacpp/org.bytedeco.javacpp="
                            + OpenMp.class.getModule().getName() + " to set it",
                    e);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw unusable(e.toString(), e);
        }
    }

    private static MethodHandle bind(long function) throws ReflectiveOperationException {
        return Runtime.version().feature() >= 22 ? throughForeignFunctions(function) : throughJavaCpp(function);
    }

    /** Binds by the public java.lang.foreign, named at run time because the source level is older. */
    private static MethodHandle throughForeignFunctions(long function) throws ReflectiveOperationException {
        Class<?> linker = Class.forName("java.lang.foreign.Linker");
        Class<?> option = Class.forName("java.lang.foreign.Linker$Option");
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
        Class<?> descriptor = Class.forName("java.lang.foreign.FunctionDescriptor");
        Object layouts = Array.newInstance(layout, 1);
        Array.set(
                layouts,
                0,
                Class.forName("java.lang.foreign.ValueLayout")
                        .getField("JAVA_INT")
                        .get(null));
        Object signature = descriptor.getMethod("ofVoid", layouts.getClass()).invoke(null, layouts);
        Object address = segment.getMethod("ofAddress", long.class).invoke(null, function);
        Object options = Array.newInstance(option, 0);
        MethodHandle call = (MethodHandle) linker.getMethod("downcallHandle", segment, descriptor, options.getClass())
                .invoke(linker.getMethod("nativeLinker").invoke(null), address, signature, options);
        return MethodHandles.insertArguments(call, 0, 1);
    }

    /** Binds by JavaCPP's one generic way to call a C function of one word: the native half of its deallocators. */
    private static MethodHandle throughJavaCpp(long function) throws ReflectiveOperationException {
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
