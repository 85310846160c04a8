package io.fsvideo.cuda;

import io.fsvideo.tensor.Recording;
import io.fsvideo.tensor.Tensor;
import java.util.function.Supplier;

/**
 * Work recorded as a CUDA graph. Its memory is one block, as large as the rehearsal found, in which every allocation of the recorded work
 * has its fixed place.
 */
final class CudaRecording implements Recording {
    private static final long NOTHING = -1;

    private final Device device;
    private long regionBytes = NOTHING;
    private long region;
    private Driver.Graph graph;

    CudaRecording(Device device) {
        this.device = device;
    }

    @Override
    public Tensor rehearse(Supplier<Tensor> work) {
        synchronized (device) {
            MemoryTrace trace = new MemoryTrace();
            device.memory().watch(trace);
            try {
                Tensor result = work.get();
                regionBytes = trace.regionBytes(result.address());
                return result;
            } finally {
                device.memory().watch(null);
            }
        }
    }

    @Override
    public Tensor record(Supplier<Tensor> work) {
        if (regionBytes == NOTHING) {
            throw new IllegalStateException("cuda: work must be rehearsed before it is recorded");
        }
        synchronized (device) {
            device.stream().trim();
            region = device.memory().allocate(regionBytes);
            device.memory().beginRegion(region, regionBytes);
            device.staging().refuse();
            try {
                Tensor result = capture(work);
                graph = device.stream().endCapture();
                return result;
            } finally {
                device.staging().accept();
                device.memory().endRegion();
            }
        }
    }

    private Tensor capture(Supplier<Tensor> work) {
        device.stream().beginCapture();
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            abandon(e);
            throw e;
        }
    }

    private void abandon(Throwable reason) {
        try {
            device.stream().endCapture().close();
        } catch (RuntimeException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void replay() {
        synchronized (device) {
            device.stream().launch(graph);
        }
    }

    @Override
    public void close() {
        synchronized (device) {
            if (graph != null) {
                graph.close();
                graph = null;
            }
            if (region != 0) {
                device.memory().freeRegion(region);
                region = 0;
            }
        }
    }
}
