package io.fsvideo.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.fsvideo.tensor.Arena;
import io.fsvideo.tensor.Backend;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test an {@link Arena} on the backend named by {@code -Dfsvideo.backend}; results start as NaN there. Fails the test when
 * anything is left allocated.
 */
public final class TestArena implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(TestArena.class);

    /** The backend under test. */
    public static String backendName() {
        return System.getProperty("fsvideo.backend", "cpu");
    }

    private record Fixture(Backend backend, Arena arena, long bytesBefore) {}

    @Override
    public void beforeEach(ExtensionContext context) {
        Backend backend = context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(
                        Backend.class, key -> PoisoningBackend.over(Backend.open(backendName())), Backend.class);
        Fixture fixture = new Fixture(backend, Arena.root(backend, "test"), backend.bytesInUse());
        context.getStore(NAMESPACE).put(Fixture.class, fixture);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Fixture fixture = fixture(context);
        fixture.arena.close();
        assertEquals(0, fixture.arena.bytesInUse(), "bytes left in the arena");
        assertEquals(
                fixture.bytesBefore, fixture.backend.bytesInUse(), "bytes in use on the backend, before and after");
    }

    private static Fixture fixture(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(Fixture.class, Fixture.class);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Arena.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return fixture(context).arena;
    }
}
