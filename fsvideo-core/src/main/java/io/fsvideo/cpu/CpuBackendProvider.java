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
        liftJavaCppLimit();
        return CpuBackend.open(options);
    }

    /** JavaCPP otherwise refuses to work in a process four times as large as the Java heap; read once, when its first class loads. */
    private static void liftJavaCppLimit() {
        String limit = "org.bytedeco.javacpp.maxPhysicalBytes";
        if (System.getProperty(limit) == null) {
            System.setProperty(limit, "0");
        }
    }
}
