package io.fsvideo.tensor;

/** Who multiplies matrices on a CUDA backend; the CPU backend has one way only. */
public enum ProductLibrary {
    /** The kernels of this project, with bias and activation in the same pass. */
    KERNELS,
    /** NVIDIA's cuBLAS; bias and activation are a second pass. */
    CUBLAS
}
