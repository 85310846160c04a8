package io.fsvideo.bench;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves {@code traced:N}: the backend of a trace lent under that name, for benches that can only name a backend. The pipeline opens and
 * closes its backend itself, and {@code ServiceLoader} hands a provider nothing but the name, hence the table.
 */
public final class TracedBackends implements BackendProvider {
    private static final String PREFIX = "traced:";
    private static final Map<String, Trace> LENT = new ConcurrentHashMap<>();

    /** Lends a trace until {@link #takeBack}; returns the name to open it by. */
    static String lend(Trace trace) {
        String name = PREFIX + System.identityHashCode(trace);
        LENT.put(name, trace);
        return name;
    }

    static void takeBack(String name) {
        LENT.remove(name);
    }

    @Override
    public String names() {
        return PREFIX + "N";
    }

    @Override
    public boolean serves(String name) {
        return LENT.containsKey(name);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return LENT.get(name).backend();
    }
}
