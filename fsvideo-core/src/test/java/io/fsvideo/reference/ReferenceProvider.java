package io.fsvideo.reference;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;

/** Serves the backend {@code reference}. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String names() {
        return ReferenceBackend.NAME;
    }

    @Override
    public boolean serves(String name) {
        return name.equals(ReferenceBackend.NAME);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return new ReferenceBackend(options);
    }
}
