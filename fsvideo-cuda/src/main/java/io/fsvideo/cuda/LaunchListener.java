package io.fsvideo.cuda;

import io.fsvideo.kernels.KernelImage;

/** Told of every launch before it is queued; for tests and traces. */
@FunctionalInterface
interface LaunchListener {
    /** Hears nothing. */
    LaunchListener NONE = (kernel, image, function, grid, block, sharedBytes) -> {};

    /**
     * @param kernel name of the source file
     * @param function the entry, whose {@link Function#values} hold the arguments
     * @param image its parameters and contract
     * @param grid blocks in x, y and z
     */
    void launching(String kernel, KernelImage image, Function function, int[] grid, int block, int sharedBytes);
}
