package io.fsvideo.cuda;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendException;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.OpRanges;
import io.fsvideo.tensor.RankChannel;
import java.util.List;

/**
 * Backends on NVIDIA's driver. Apart from {@link CudaBackendProvider}, which every application loads, those on the CPU too.
 *
 * <p>{@code -Dfsvideo.cuda.nvtx=true} is {@link OpRanges#NVTX} for every backend of the process, whatever opens it.
 */
final class CudaBackends {
    private static final String NVTX = "fsvideo.cuda.nvtx";

    private CudaBackends() {}

    static Backend open(String name, int ordinal, BackendOptions options) {
        BackendOptions all = ofProcess(options);
        return all.channel().size() == 1
                ? new CudaBackend(name, CudaDriver.open(ordinal), all)
                : openWithNccl(name, ordinal, all);
    }

    static List<Backend> openSharing(String name, int ordinal, BackendOptions options, List<RankChannel> channels) {
        BackendOptions all = ofProcess(options);
        return CudaBackend.openSharing(name, CudaDriver.open(ordinal), all, Launch.Listener.NONE, channels);
    }

    static Backend openWithNccl(String name, int ordinal, BackendOptions options) {
        BackendOptions all = ofProcess(options);
        return CudaBackend.openWithNccl(name, CudaDriver.open(ordinal), all);
    }

    private static BackendOptions ofProcess(BackendOptions options) {
        String value = System.getProperty(NVTX, "false");
        return switch (value) {
            case "true" -> options.withRanges(OpRanges.NVTX);
            case "false" -> options;
            default -> throw new BackendException("cuda: -D" + NVTX + " must be true or false, got " + value);
        };
    }
}
