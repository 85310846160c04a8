package io.fsvideo.reference;

import io.fsvideo.tensor.Ops;
import io.fsvideo.tensor.ShapeException;
import io.fsvideo.tensor.Tensor;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every operation as: decode to binary64, apply the definition, round once. The definition of an operation is the static method of its
 * name in one of the classes of this package, or in the operation's conformance test. It takes what the operation takes, tensors as
 * {@link Values} and of the result its shape, if it needs that.
 */
final class ReferenceOps implements InvocationHandler {
    private static final List<Class<?>> DEFINITIONS =
            List.of(MatrixReference.class, NormReference.class, ElementReference.class, LayoutReference.class);
    private static final String TESTS = "io.fsvideo.conformance.";

    private final ReferenceMemory memory;

    private ReferenceOps(ReferenceMemory memory) {
        this.memory = memory;
    }

    static Ops over(ReferenceMemory memory) {
        return (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, new ReferenceOps(memory));
    }

    @Override
    public Object invoke(Object proxy, Method op, Object[] arguments) throws Throwable {
        Tensor out = (Tensor) arguments[0];
        Method definition = definition(op);
        int given = arguments.length - definition.getParameterCount();
        Object[] decoded =
                Arrays.stream(arguments).skip(given).map(this::decoded).toArray();
        if (given == 0) {
            decoded[0] = out.shape();
        }
        if (op.getName().equals("embedding")) {
            requireRows((Tensor) arguments[1], (Values) decoded[0], (Tensor) arguments[2]);
        }
        try {
            memory.write(out, (double[]) definition.invoke(null, decoded));
            return null;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** What no check of shapes can see. */
    private static void requireRows(Tensor ids, Values rows, Tensor table) {
        for (double row : rows.data()) {
            if (row < 0 || row >= table.dim(0)) {
                throw new ShapeException("embedding: ids must be within 0.." + (table.dim(0) - 1) + " for " + table
                        + ", got " + (int) row + " in " + ids);
            }
        }
    }

    private Object decoded(Object argument) {
        if (argument instanceof Tensor tensor) {
            return memory.read(tensor);
        }
        if (argument instanceof List<?> tensors) {
            return tensors.stream().map(this::decoded).toList();
        }
        return argument;
    }

    private static Method definition(Method op) {
        List<Class<?>> parameters =
                Arrays.stream(op.getParameterTypes()).skip(1).toList();
        return Stream.concat(DEFINITIONS.stream(), ownTest(op.getName()))
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> method.getName().equals(op.getName()) && Modifier.isStatic(method.getModifiers()))
                .filter(method -> takes(method, parameters))
                .peek(method -> method.setAccessible(true))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("reference: " + op.getName()
                        + " must have a definition that takes " + parameters + ", in " + DEFINITIONS + " or its test"));
    }

    private static Stream<Class<?>> ownTest(String op) {
        String name = TESTS + Character.toUpperCase(op.charAt(0)) + op.substring(1) + "Test";
        try {
            return Stream.of(Class.forName(name));
        } catch (ClassNotFoundException e) {
            return Stream.empty();
        }
    }

    private static boolean takes(Method method, List<Class<?>> parameters) {
        int own = method.getParameterCount() - parameters.size();
        if (own < 0 || own > 1) {
            return false;
        }
        for (int i = 0; i < parameters.size(); i++) {
            Class<?> wanted = method.getParameterTypes()[own + i];
            boolean isValues = parameters.get(i) == Tensor.class && wanted == Values.class;
            boolean isWider = parameters.get(i) == float.class && wanted == double.class;
            if (!isValues && !isWider && parameters.get(i) != wanted) {
                return false;
            }
        }
        return true;
    }
}
