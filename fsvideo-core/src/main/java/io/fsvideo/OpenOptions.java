package io.fsvideo;

import io.fsvideo.tensor.Backend;
import io.fsvideo.tensor.BackendOptions;
import io.fsvideo.tensor.DType;
import io.fsvideo.weights.LinearWeights;
import io.fsvideo.weights.Offload;
import java.util.Collections;
import java.util.List;

/**
 * How to open a model.
 *
 * @param backendOptions its threads and memory limit
 * @param dtype what the models compute in, F32 or BF16; null for the backend's choice
 * @param linearWeights in which type matrices are kept
 * @param offload which parameters stay on the backend between uses; the video is the same, its making slower
 * @param devices backends of this process that share each video, one rank each, at least one; names, e.g. {@code cpu}
 * @param parallel how ranks share the transformers
 */
public record OpenOptions(
        BackendOptions backendOptions,
        DType dtype,
        LinearWeights linearWeights,
        Offload offload,
        List<String> devices,
        Parallel parallel) {
    public OpenOptions {
        devices = List.copyOf(devices);
        if (devices.isEmpty()) {
            throw new RequestException("open: devices must not be empty");
        }
        if (devices.size() > 1 && backendOptions.channel().size() > 1) {
            throw new RequestException("open: devices must be one in a process that is a rank itself, got " + devices);
        }
        if (dtype != null && !dtype.isCompute()) {
            throw new RequestException("open: dtype must be F32 or BF16, got " + dtype);
        }
    }

    /** The CPU with all its processors. */
    public static OpenOptions defaults() {
        return new OpenOptions(
                BackendOptions.defaults(), null, LinearWeights.STORED, Offload.NONE, List.of("cpu"), Parallel.AUTO);
    }

    /** Name of the first backend. */
    public String backend() {
        return devices.get(0);
    }

    public OpenOptions withBackend(String name) {
        return withDevices(List.of(name));
    }

    /** {@code count} ranks on the same backend: threads of a CPU, or ranks that share one device. */
    public OpenOptions withRanks(int count) {
        if (count < 1) {
            throw new RequestException("open: ranks must be at least 1, got " + count);
        }
        return withDevices(Collections.nCopies(count, backend()));
    }

    /** One rank on each of these backends, which share the work of each video. */
    public OpenOptions withDevices(List<String> names) {
        return new OpenOptions(backendOptions, dtype, linearWeights, offload, names, parallel);
    }

    /** How ranks share the transformers. */
    public OpenOptions withParallel(Parallel way) {
        return new OpenOptions(backendOptions, dtype, linearWeights, offload, devices, way);
    }

    public OpenOptions withBackendOptions(BackendOptions options) {
        return new OpenOptions(options, dtype, linearWeights, offload, devices, parallel);
    }

    public OpenOptions withThreads(int threads) {
        return withBackendOptions(backendOptions.withThreads(threads));
    }

    public OpenOptions withMemoryLimit(long bytes) {
        return withBackendOptions(backendOptions.withMemoryLimit(bytes));
    }

    public OpenOptions withDType(DType computeDType) {
        return new OpenOptions(backendOptions, computeDType, linearWeights, offload, devices, parallel);
    }

    public OpenOptions withLinearWeights(LinearWeights type) {
        return new OpenOptions(backendOptions, dtype, type, offload, devices, parallel);
    }

    public OpenOptions withOffload(Offload parameters) {
        return new OpenOptions(backendOptions, dtype, linearWeights, parameters, devices, parallel);
    }

    /** Returns what models compute in on {@code opened}. */
    public DType dtypeOn(Backend opened) {
        return dtype == null ? opened.computeDType() : dtype;
    }
}
