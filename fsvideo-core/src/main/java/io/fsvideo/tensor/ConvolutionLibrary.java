package io.fsvideo.tensor;

/** Who convolves on a CUDA backend; the CPU backend has one way only. */
public enum ConvolutionLibrary {
    /** The kernels of this project, with frames, bias and activation in the same pass. */
    KERNELS,
    /** NVIDIA's cuDNN for operands of one dtype in one group; frames are gathered first, bias and activation are a second pass. */
    CUDNN
}
