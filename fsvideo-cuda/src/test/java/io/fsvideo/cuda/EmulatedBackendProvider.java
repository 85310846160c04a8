package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.BackendProvider;
import io.fsvideo.tensor.RankChannel;
import java.util.List;

/** Serves {@code cuda-emulated}, a Hopper device, and {@code cuda-emulated-sm80}, an older one; both run on the CPU. */
public final class EmulatedBackendProvider implements BackendProvider {
    private static final String HOPPER = "cuda-emulated";
    private static final String OLDER = "cuda-emulated-sm80";
    private static final long DEVICE_BYTES = 4L << 30;

    @Override
    public String names() {
        return HOPPER + ", " + OLDER;
    }

    @Override
    public boolean serves(String name) {
        return name.equals(HOPPER) || name.equals(OLDER);
    }

    @Override
    public Backend open(String name, BackendOptions options) {
        return open(name, options, Launch.Listener.NONE);
    }

    static Backend open(String name, BackendOptions options, Launch.Listener listener) {
        return new CudaBackend(name, driver(name), options, listener);
    }

    /** All ranks share one device. */
    @Override
    public List<Backend> openRanks(List<String> names, BackendOptions options, List<RankChannel> channels) {
        String name = names.get(0);
        return CudaBackend.openSharing(name, driver(name), options, Launch.Listener.NONE, channels);
    }

    private static Driver driver(String name) {
        return new EmulatorDriver(EmulatorBuild.library(), name.equals(OLDER) ? 8 : 9, DEVICE_BYTES);
    }
}
