package io.fsvideo.cpu;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;

/** Serves the name {@code cpu}. */
public final class CpuBackendProvider implements BackendProvider {
    static final String NAME = "cpu";

    @Override
    public String names() {
        return NAME;
    }

    @Override
    public boolean serves(String name) {
        return NAME.equals(name);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return CpuBackend.open(options);
    }
}
