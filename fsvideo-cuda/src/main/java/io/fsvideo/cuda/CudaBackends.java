package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.RankChannel;
import java.util.List;

/** Backends on NVIDIA's driver. Apart from {@link CudaBackendProvider}, which every application loads, those on the CPU too. */
final class CudaBackends {
    private CudaBackends() {}

    static Backend open(String name, int ordinal, BackendOptions options) {
        return options.channel().size() == 1
                ? new CudaBackend(name, CudaDriver.open(ordinal), options)
                : openWithNccl(name, ordinal, options);
    }

    static List<Backend> openSharing(String name, int ordinal, BackendOptions options, List<RankChannel> channels) {
        return CudaBackend.openSharing(name, CudaDriver.open(ordinal), options, LaunchListener.NONE, channels);
    }

    static Backend openWithNccl(String name, int ordinal, BackendOptions options) {
        return CudaBackend.openWithNccl(name, CudaDriver.open(ordinal), options);
    }
}
