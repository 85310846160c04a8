package io.fsvideo.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import jcuda.driver.CUstream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;

/** cuDNN 8 or 9 through JCudnn, whose natives must be loaded; only functions that both versions have are called. */
final class CudnnLibrary implements DnnLibrary {
    /** Sizes whose descriptors are kept; a model has a few dozen. */
    private static final int MOST_SIZES = 256;

    private final CudaDriver driver;
    private final cudnnHandle handle = new cudnnHandle();
    private final HostFactors factors = new HostFactors();
    private final Map<DenseConvolution, CudnnConvolution> convolutions = new LinkedHashMap<>(16, 0.75f, true);

    CudnnLibrary(CudaDriver driver, CUstream stream) {
        this.driver = driver;
        driver.makeCurrent();
        CudnnCalls.check("cudnnCreate", () -> JCudnn.cudnnCreate(handle));
        try {
            CudnnCalls.check("cudnnSetStream", () -> JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private CudnnConvolution convolution(DenseConvolution shape) {
        driver.makeCurrent();
        CudnnConvolution known = convolutions.get(shape);
        if (known != null) {
            return known;
        }
        CudnnConvolution made = new CudnnConvolution(handle, shape);
        convolutions.put(shape, made);
        if (convolutions.size() > MOST_SIZES) {
            DenseConvolution eldest = convolutions.keySet().iterator().next();
            convolutions.remove(eldest).close();
        }
        return made;
    }

    @Override
    public long workspaceBytes(DenseConvolution shape) {
        return convolution(shape).workspaceBytes();
    }

    @Override
    public void convolve(DenseConvolution shape, long y, long x, long w, long workspace) {
        convolution(shape).run(handle, factors, y, x, w, workspace);
    }

    @Override
    public void close() {
        convolutions.values().forEach(CudnnConvolution::close);
        convolutions.clear();
        if (!driver.calls().lost()) {
            driver.makeCurrent();
            CudnnCalls.check("cudnnDestroy", () -> JCudnn.cudnnDestroy(handle));
        }
    }
}
