package io.fsvideo.cuda;

import java.util.function.IntSupplier;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/** cuBLAS through JCublas, whose natives must be loaded. */
final class CublasLibrary implements MatrixLibrary {
    private final CudaDriver driver;
    private final cublasHandle handle = new cublasHandle();
    private final HostFactors factors = new HostFactors();

    CublasLibrary(CudaDriver driver, CUstream stream) {
        this.driver = driver;
        driver.makeCurrent();
        check("cublasCreate", () -> JCublas2.cublasCreate(handle));
        try {
            check("cublasSetStream", () -> JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** {@code cublasGemmEx} itself has no native in JCublas 12.6.0, only the name with {@code _new}: the same function of cuBLAS. */
    @Override
    public void multiply(MatrixLibrary.ColumnMajor p) {
        driver.makeCurrent();
        check(
                "cublasGemmEx",
                () -> JCublas2.cublasGemmEx_new(
                        handle,
                        cublasOperation.CUBLAS_OP_T,
                        cublasOperation.CUBLAS_OP_N,
                        p.m(),
                        p.n(),
                        p.k(),
                        factors.one(),
                        NativeAddress.device(p.a()),
                        p.type(),
                        p.lda(),
                        NativeAddress.device(p.b()),
                        p.type(),
                        p.ldb(),
                        factors.zero(),
                        NativeAddress.device(p.c()),
                        p.type(),
                        p.ldc(),
                        cublasComputeType.CUBLAS_COMPUTE_32F,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
    }

    /** @throws CudaException unless the call returns success; JCuda throws or returns codes as the application wants */
    private static void check(String name, IntSupplier call) {
        int code;
        try {
            code = call.getAsInt();
        } catch (jcuda.CudaException e) {
            code = code(e.getMessage());
        }
        if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new CudaException(name, code, cublasStatus.stringFor(code));
        }
    }

    /** JCuda's exceptions carry the code's name only. */
    private static int code(String name) {
        for (int code = cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED;
                code < cublasStatus.CUBLAS_STATUS_NOT_SUPPORTED;
                code++) {
            if (cublasStatus.stringFor(code).equals(name)) {
                return code;
            }
        }
        return cublasStatus.CUBLAS_STATUS_NOT_SUPPORTED;
    }

    @Override
    public void close() {
        if (!driver.calls().lost()) {
            driver.makeCurrent();
            check("cublasDestroy", () -> JCublas2.cublasDestroy(handle));
        }
    }
}
