package io.fsvideo.cpu;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.DType;

/** Serves {@code cpu-bf16}: the CPU backend as it computes on processors with BF16 products, emulated elsewhere. */
public final class Bf16ProductsProvider implements BackendProvider {
    private static final String NAME = "cpu-bf16";

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
        return CpuBackend.openWithProducts(DType.BF16, options);
    }
}
