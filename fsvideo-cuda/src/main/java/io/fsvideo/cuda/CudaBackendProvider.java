package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves the names {@code cuda:0}, {@code cuda:1} and so on. */
public final class CudaBackendProvider implements BackendProvider {
    private static final Pattern NAME = Pattern.compile("cuda:(\\d{1,3})");

    @Override
    public String names() {
        return "cuda:0, cuda:1, ...";
    }

    @Override
    public boolean serves(String name) {
        return NAME.matcher(name).matches();
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("cuda: name must be one of " + names() + ", got " + name);
        }
        return new CudaBackend(name, CudaDriver.open(Integer.parseInt(matcher.group(1))), options);
    }
}
