package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;

/** Where a device's code comes from. */
@FunctionalInterface
interface ImageSource {
    /** As {@link KernelImage#fatbin}: for a compute capability such as 90 and the driver's CUDA, such as 13. */
    byte[] image(KernelImage kernel, int computeCapability, int cudaMajor);
}
