package io.fsvideo.cuda;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import jcuda.driver.CUstream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnStatus;
import jcuda.runtime.cudaStream_t;

/** cuDNN 8 or 9 through JCudnn, whose natives must be loaded; only functions that both versions have are called. */
final class CudnnLibrary implements DnnLibrary {
    private static final int SUCCESS = cudnnStatus.CUDNN_STATUS_SUCCESS;
    private static final int UNKNOWN = -1;

    /** Sizes whose descriptors are kept; a model has a few dozen. */
    private static final int MOST_SIZES = 256;

    private final CudaDriver driver;
    private final cudnnHandle handle = new cudnnHandle();
    private final HostFactors factors = new HostFactors();
    private final Map<DnnLibrary.Shape, CudnnConvolution> convolutions = new LinkedHashMap<>(16, 0.75f, true);

    CudnnLibrary(CudaDriver driver, CUstream stream) {
        this.driver = driver;
        driver.makeCurrent();
        check("cudnnCreate", () -> JCudnn.cudnnCreate(handle));
        try {
            check("cudnnSetStream", () -> JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private CudnnConvolution convolution(DnnLibrary.Shape shape) {
        driver.makeCurrent();
        CudnnConvolution known = convolutions.get(shape);
        if (known != null) {
            return known;
        }
        CudnnConvolution made = new CudnnConvolution(handle, shape);
        convolutions.put(shape, made);
        if (convolutions.size() > MOST_SIZES) {
            DnnLibrary.Shape eldest = convolutions.keySet().iterator().next();
            convolutions.remove(eldest).close();
        }
        return made;
    }

    @Override
    public long workspaceBytes(DnnLibrary.Shape shape) {
        return convolution(shape).workspaceBytes();
    }

    @Override
    public void convolve(DnnLibrary.Shape shape, long y, long x, long w, long workspace) {
        convolution(shape).run(handle, factors, y, x, w, workspace);
    }

    @Override
    public void close() {
        convolutions.values().forEach(CudnnConvolution::close);
        convolutions.clear();
        if (!driver.calls().lost()) {
            driver.makeCurrent();
            check("cudnnDestroy", () -> JCudnn.cudnnDestroy(handle));
        }
    }

    /** @throws CudaException unless the call returns success */
    static void check(String name, IntSupplier call) {
        int code = code(call);
        if (code != SUCCESS) {
            throw new CudaException(name, code, meaning(code));
        }
    }

    /** What the call returns, also where JCudnn throws it. */
    static int code(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (jcuda.CudaException e) {
            return code(e.getMessage());
        }
    }

    /** JCudnn's exceptions carry the code's name, for one it does not know a text that ends with the number. */
    static int code(String text) {
        for (int code = SUCCESS + 1; code <= cudnnStatus.CUDNN_STATUS_VERSION_MISMATCH; code++) {
            if (cudnnStatus.stringFor(code).equals(text)) {
                return code;
            }
        }
        String digits = text == null ? "" : text.replaceFirst("(?s).*?(\\d{1,9})$", "$1");
        return digits.matches("\\d+") ? Integer.parseInt(digits) : UNKNOWN;
    }

    private static String meaning(int code) {
        return code == UNKNOWN ? "unknown code" : JCudnn.cudnnGetErrorString(code);
    }
}
